/// Keys of the changelog: one byte for the kind, then what the kind needs.
///
/// `p` alone: the task's position. `s` and the source stage's own key. `q`, the query's id, a zero byte, and the engine's own
/// key. `t` and the table's own key.
package enum ChangelogKey {
  package static let position: [UInt8] = [UInt8(ascii: "p")]
}

/// Whose a piece of state is.
package enum StateOwner: Equatable {
  case source([UInt8])
  case query(String, [UInt8])
  case table([UInt8])
  case unknown

  package static func sourceKey(_ key: [UInt8]) -> [UInt8] { [UInt8(ascii: "s")] + key }

  package static func tableKey(_ key: [UInt8]) -> [UInt8] { [UInt8(ascii: "t")] + key }

  package static func queryKey(_ id: String, _ key: [UInt8]) -> [UInt8] { [UInt8(ascii: "q")] + Array(id.utf8) + [0] + key }

  package static func parse(_ bytes: [UInt8]) -> StateOwner {
    switch bytes.first {
    case UInt8(ascii: "s"): return .source(Array(bytes.dropFirst()))
    case UInt8(ascii: "t"): return .table(Array(bytes.dropFirst()))
    case UInt8(ascii: "q"):
      guard let end = bytes.firstIndex(of: 0) else { return .unknown }
      return .query(String(decoding: bytes[1..<end], as: UTF8.self), Array(bytes[(end + 1)...]))
    default: return .unknown
    }
  }
}
