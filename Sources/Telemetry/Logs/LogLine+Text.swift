import Logging

extension LogLine {
  /// `time level logger message name=value …`: for people; values with spaces or quotes in them are quoted.
  var text: [UInt8] {
    var out = Array("\(Self.timestamp(time)) \(level.rawValue) ".utf8)
    out += LogText.escaped(logger, limit: 128, quotes: false) + " ".utf8
    out += LogText.escaped(message, limit: Self.messageLimit, quotes: false)
    var omitted = 0
    for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
      let next = " ".utf8 + LogText.escaped(name, limit: Self.keyLimit, quotes: false) + "=".utf8 + Self.plain(value)
      guard out.count + next.count <= Self.limit - 32 else {
        omitted += 1
        continue
      }
      out += next
    }
    if omitted > 0 { out += " …=\(omitted)".utf8 }
    return out + "\n".utf8
  }

  private static func plain(_ value: Logger.MetadataValue) -> [UInt8] {
    let bytes = Self.value(value, limit: valueLimit, depth: 0)
    guard bytes.count > 2, bytes.first == UInt8(ascii: "\"") else { return bytes }
    let inner = bytes[1..<bytes.count - 1]
    let isPlain = inner.allSatisfy { $0 > 0x20 && !Array("\"\\=".utf8).contains($0) }
    return isPlain ? Array(inner) : bytes
  }
}
