import Logging

extension LogLine {
  static let messageLimit = 1024
  static let valueLimit = 1024
  static let keyLimit = 96
  private static let depthLimit = 6

  /// One JSON object. What a caller names in its metadata stands under `metadata`, so that it never takes another field's place.
  var json: [UInt8] {
    var out: [UInt8] = []
    func field(_ name: String, _ value: [UInt8]) { out += "\(out.isEmpty ? "{" : ",")\"\(name)\":".utf8 + value }
    field("time", LogText.quoted(Self.timestamp(time), limit: 64))
    field("level", LogText.quoted(level.rawValue, limit: 16))
    field("logger", LogText.quoted(logger, limit: 128))
    field("message", LogText.quoted(message, limit: Self.messageLimit))
    field("source", LogText.quoted(source, limit: 128))
    field("role", LogText.quoted(role, limit: 64))
    field("pid", Array(String(pid).utf8))
    if !metadata.isEmpty { field("metadata", Self.object(metadata, limit: Self.limit - out.count - 32, depth: 0)) }
    return out + "}\n".utf8
  }

  /// A value in about `limit` bytes, and never more; numbers and truth values as such.
  static func value(_ value: Logger.MetadataValue, limit: Int, depth: Int) -> [UInt8] {
    switch value {
    case .string(let text): LogText.quoted(text, limit: limit)
    case .stringConvertible(let convertible): literal(convertible) ?? LogText.quoted("\(convertible)", limit: limit)
    case .array(let elements): array(elements, limit: limit, depth: depth + 1)
    case .dictionary(let members): object(members, limit: limit, depth: depth + 1)
    }
  }

  /// What JSON has a notation for.
  private static func literal(_ convertible: any CustomStringConvertible & Sendable) -> [UInt8]? {
    switch convertible {
    case let number as any FixedWidthInteger: Array("\(number)".utf8)
    case let number as Double: number.isFinite ? Array("\(number)".utf8) : nil
    case let isTrue as Bool: Array("\(isTrue)".utf8)
    default: nil
    }
  }

  private static func array(_ elements: [Logger.MetadataValue], limit: Int, depth: Int) -> [UInt8] {
    guard depth < depthLimit, limit > 16 else { return LogText.quoted(LogText.ellipsis, limit: 16) }
    var out = Array("[".utf8)
    for (index, element) in elements.enumerated() {
      let next = (index > 0 ? Array(",".utf8) : []) + value(element, limit: min(valueLimit, limit - 16), depth: depth)
      guard out.count + next.count <= limit - 8 else {
        return out + "\(index > 0 ? "," : "")\"…\"]".utf8
      }
      out += next
    }
    return out + "]".utf8
  }

  /// Members by name, as many as there is room for; `…` counts the others.
  private static func object(_ members: Logger.Metadata, limit: Int, depth: Int) -> [UInt8] {
    guard depth < depthLimit, limit > 48 else { return LogText.quoted(LogText.ellipsis, limit: 16) }
    var out = Array("{".utf8)
    var omitted = 0
    for (name, member) in members.sorted(by: { $0.key < $1.key }) {
      let key = (out.count > 1 ? Array(",".utf8) : []) + LogText.quoted(name, limit: keyLimit) + ":".utf8
      let next = key + value(member, limit: max(16, min(valueLimit, limit - 48 - key.count)), depth: depth)
      guard out.count + next.count <= limit - 28 else {
        omitted += 1
        continue
      }
      out += next
    }
    if omitted > 0 { out += "\(out.count > 1 ? "," : "")\"…\":\(omitted)".utf8 }
    return out + "}".utf8
  }
}
