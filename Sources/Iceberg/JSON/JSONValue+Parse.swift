extension JSONValue {
  /// Parses one JSON text (RFC 8259). Nesting is limited to 200 levels. Throws `IcebergError.invalid` with the byte position.
  public static func parse(_ bytes: [UInt8]) throws -> JSONValue {
    try bytes.withUnsafeBufferPointer { buffer in
      var parser = JSONParser(bytes: buffer)
      let value = try parser.value(depth: 0)
      parser.skipSpace()
      guard parser.position == buffer.count else { throw parser.failure("text after the value") }
      return value
    }
  }

  /// `parse` for a string.
  public static func parse(_ text: String) throws -> JSONValue { try parse(Array(text.utf8)) }
}

private struct JSONParser {
  let bytes: UnsafeBufferPointer<UInt8>
  var position = 0

  init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  func failure(_ what: String) -> IcebergError {
    IcebergError(.invalid, "not JSON: \(what) at byte \(position).")
  }

  mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[position]) { position += 1 }
  }

  func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func expect(_ text: StaticString) throws {
    let length = text.utf8CodeUnitCount
    guard position + length <= bytes.count else { throw failure("unexpected end") }
    for i in 0..<length where bytes[position + i] != text.utf8Start[i] { throw failure("unexpected character") }
    position += length
  }

  mutating func value(depth: Int) throws -> JSONValue {
    guard depth < 200 else { throw failure("too deeply nested") }
    skipSpace()
    switch peek() {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"):
      try expect("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try expect("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      try expect("null")
      return .null
    default: return .number(try number())
    }
  }

  mutating func object(depth: Int) throws -> JSONValue {
    position += 1
    var members: [JSONValue.Member] = []
    skipSpace()
    if peek() == UInt8(ascii: "}") {
      position += 1
      return .object([])
    }
    while true {
      skipSpace()
      guard peek() == UInt8(ascii: "\"") else { throw failure("expected a member name") }
      let name = try string()
      skipSpace()
      try expect(":")
      members.append(.init(name, try value(depth: depth + 1)))
      skipSpace()
      if try separator(end: UInt8(ascii: "}")) { return .object(members) }
    }
  }

  mutating func array(depth: Int) throws -> JSONValue {
    position += 1
    var elements: [JSONValue] = []
    skipSpace()
    if peek() == UInt8(ascii: "]") {
      position += 1
      return .array([])
    }
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      if try separator(end: UInt8(ascii: "]")) { return .array(elements) }
    }
  }

  /// Consumes a comma (false) or the closing bracket (true).
  mutating func separator(end: UInt8) throws -> Bool {
    guard let byte = peek(), byte == end || byte == UInt8(ascii: ",") else { throw failure("expected a comma or an end") }
    position += 1
    return byte == end
  }

  mutating func number() throws -> String {
    let start = position
    if peek() == UInt8(ascii: "-") { position += 1 }
    let whole = digits()
    guard whole > 0, whole == 1 || bytes[position - whole] != UInt8(ascii: "0") else { throw failure("expected a value") }
    if peek() == UInt8(ascii: ".") {
      position += 1
      guard digits() > 0 else { throw failure("expected a digit") }
    }
    if let e = peek(), e | 0x20 == UInt8(ascii: "e") {
      position += 1
      if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
      guard digits() > 0 else { throw failure("expected a digit") }
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  mutating func digits() -> Int {
    let start = position
    while let byte = peek(), byte >= 0x30, byte <= 0x39 { position += 1 }
    return position - start
  }

  mutating func string() throws -> String {
    position += 1
    let start = position
    while let byte = peek(), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
    // Nearly every string in a metadata file has no escape: one slice, one validation.
    if peek() == UInt8(ascii: "\"") {
      position += 1
      return try text(Array(bytes[start..<(position - 1)]))
    }
    var buffer = Array(bytes[start..<position])
    while let byte = peek() {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return try text(buffer)
      case UInt8(ascii: "\\"): try escape(into: &buffer)
      case 0..<0x20: throw failure("control character in a string")
      default: buffer.append(byte)
      }
    }
    throw failure("unterminated string")
  }

  func text(_ utf8: [UInt8]) throws -> String {
    guard let text = String(validating: utf8, as: UTF8.self) else { throw failure("invalid UTF-8") }
    return text
  }

  mutating func escape(into buffer: inout [UInt8]) throws {
    guard let byte = peek() else { throw failure("unterminated string") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
    case UInt8(ascii: "b"): buffer.append(8)
    case UInt8(ascii: "f"): buffer.append(12)
    case UInt8(ascii: "n"): buffer.append(10)
    case UInt8(ascii: "r"): buffer.append(13)
    case UInt8(ascii: "t"): buffer.append(9)
    case UInt8(ascii: "u"): buffer.append(contentsOf: String(try unicodeEscape()).utf8)
    default: throw failure("unknown escape")
    }
  }

  mutating func unicodeEscape() throws -> Unicode.Scalar {
    let first = try hex4()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard (0xd800..<0xdc00).contains(first), peek() == UInt8(ascii: "\\") else { throw failure("lone surrogate") }
    try expect("\\u")
    let second = try hex4()
    guard (0xdc00..<0xe000).contains(second) else { throw failure("lone surrogate") }
    let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
    guard let scalar = Unicode.Scalar(code) else { throw failure("lone surrogate") }
    return scalar
  }

  mutating func hex4() throws -> UInt32 {
    guard position + 4 <= bytes.count else { throw failure("unterminated string") }
    let digits = String(decoding: bytes[position..<(position + 4)], as: UTF8.self)
    guard !digits.hasPrefix("+"), !digits.hasPrefix("-"), let value = UInt32(digits, radix: 16) else {
      throw failure("not a hexadecimal escape")
    }
    position += 4
    return value
  }
}
