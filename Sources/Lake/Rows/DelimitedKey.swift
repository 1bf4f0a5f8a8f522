/// Reads the columns of a key in ksqlDB's DELIMITED format: comma-separated fields, quoted where needed, and for a windowed table
/// 8 bytes of window start at the end.
enum DelimitedKey {
  /// The first `count` fields; nil for a key that does not have them.
  static func fields(_ key: UnsafeRawBufferPointer, count: Int, isWindowed: Bool) -> [String]? {
    guard !isWindowed || key.count >= 8 else { return nil }
    let bytes = isWindowed ? UnsafeRawBufferPointer(rebasing: key.dropLast(8)) : key
    var fields: [[UInt8]] = [[]]
    var quoted = false
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        if quoted, index + 1 < bytes.count, bytes[index + 1] == byte {
          fields[fields.count - 1].append(byte)
          index += 1
        } else {
          quoted.toggle()
        }
      } else if byte == UInt8(ascii: ","), !quoted {
        fields.append([])
      } else {
        fields[fields.count - 1].append(byte)
      }
      index += 1
    }
    let texts = fields.compactMap { String(validating: $0, as: UTF8.self) }
    return texts.count == fields.count && texts.count >= count && !quoted ? texts : nil
  }
}
