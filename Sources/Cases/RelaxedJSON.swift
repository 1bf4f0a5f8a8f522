import JSON

/// Reads JSON as people write it by hand: RFC 8259 and also `//` and `#` comments to the end of the line, a comma after the last
/// member, and raw control characters inside strings. Numbers keep their text. Of members with the same name the last counts.
struct RelaxedJSON {
  /// Why and where a text is not JSON, in bytes from the start.
  struct Fault: Error {
    var reason: String
    var position: Int
  }

  static let maximumDepth = 128
  let bytes: [UInt8]
  var at = 0
  private var depth = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    if bytes.starts(with: mark) { at = mark.count }
  }

  /// The one value of the text.
  static func parse(_ bytes: [UInt8], file: String) throws(CaseFileError) -> JSONValue {
    var parser = RelaxedJSON(bytes)
    do throws(Fault) {
      let value = try parser.value()
      parser.skip()
      guard parser.at == bytes.count else { throw parser.fault("text after the end of the value") }
      return value
    } catch {
      throw CaseFileError.at(error.position, of: bytes, file: file, error.reason)
    }
  }

  func fault(_ reason: String) -> Fault { Fault(reason: reason, position: at) }

  /// Skips white space and comments.
  private mutating func skip() {
    while at < bytes.count {
      switch bytes[at] {
      case 0x20, 0x09, 0x0a, 0x0d: at += 1
      case UInt8(ascii: "#"): skipLine()
      case UInt8(ascii: "/") where at + 1 < bytes.count && bytes[at + 1] == UInt8(ascii: "/"): skipLine()
      default: return
      }
    }
  }

  private mutating func skipLine() {
    while at < bytes.count, bytes[at] != 0x0a { at += 1 }
  }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  private mutating func value() throws(Fault) -> JSONValue {
    skip()
    guard at < bytes.count else { throw fault("the text ends too early") }
    switch bytes[at] {
    case UInt8(ascii: "{"): return try nested { parser throws(Fault) in .object(try parser.members()) }
    case UInt8(ascii: "["): return try nested { parser throws(Fault) in .array(try parser.elements()) }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func nested(_ body: (inout RelaxedJSON) throws(Fault) -> JSONValue) throws(Fault) -> JSONValue {
    depth += 1
    guard depth <= Self.maximumDepth else { throw fault("nested more than \(Self.maximumDepth) levels deep") }
    at += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func members() throws(Fault) -> [JSONValue.Member] {
    var members: [JSONValue.Member] = []
    while true {
      skip()
      if take("}") { return members }
      guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw fault("a member's \"name\" or } was expected") }
      let name = try string()
      skip()
      guard take(":") else { throw fault("':' was expected") }
      let member = JSONValue.Member(name, try value())
      members.removeAll { $0.name == name }
      members.append(member)
      skip()
      guard take(",") else {
        guard take("}") else { throw fault("',' or '}' was expected") }
        return members
      }
    }
  }

  private mutating func elements() throws(Fault) -> [JSONValue] {
    var elements: [JSONValue] = []
    while true {
      skip()
      if take("]") { return elements }
      elements.append(try value())
      skip()
      guard take(",") else {
        guard take("]") else { throw fault("',' or ']' was expected") }
        return elements
      }
    }
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws(Fault) -> JSONValue {
    guard bytes[at...].starts(with: text.utf8) else { throw fault("an unknown word") }
    at += text.utf8.count
    return value
  }
}

extension RelaxedJSON {
  private mutating func number() throws(Fault) -> String {
    let start = at
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    return String(decoding: bytes[start..<at], as: UTF8.self)
  }

  private mutating func digits() throws(Fault) {
    let start = at
    while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
    guard at > start else { throw fault(start < bytes.count ? "a value was expected" : "the text ends too early") }
  }

  private mutating func string() throws(Fault) -> String {
    at += 1
    var text: [UInt8] = []
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else { throw fault("a string that is not UTF-8") }
        return string
      case UInt8(ascii: "\\"): try escape(into: &text)
      default: text.append(byte)
      }
    }
    throw fault("a string without an end")
  }

  private mutating func escape(into text: inout [UInt8]) throws(Fault) {
    guard at < bytes.count else { throw fault("a string without an end") }
    let byte = bytes[at]
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text.append(contentsOf: Array(String(Character(try unicodeEscape())).utf8))
    default: throw fault("an unknown escape")
    }
  }

  private mutating func unicodeEscape() throws(Fault) -> Unicode.Scalar {
    let first = try hex4()
    if let scalar = Unicode.Scalar(first) { return scalar }
    // A high surrogate has to be followed by an escaped low one; together they name one scalar.
    guard (0xd800..<0xdc00).contains(first), take("\\"), take("u") else { throw fault("half a surrogate pair") }
    let second = try hex4()
    guard (0xdc00..<0xe000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
    else { throw fault("half a surrogate pair") }
    return scalar
  }

  private mutating func hex4() throws(Fault) -> UInt32 {
    guard at + 4 <= bytes.count else { throw fault("a string without an end") }
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(bytes[at])).hexDigitValue else { throw fault("a hex digit was expected") }
      value = value << 4 | UInt32(digit)
      at += 1
    }
    return value
  }
}

extension CaseFileError {
  /// The error at a byte of the text.
  static func at(_ position: Int, of bytes: [UInt8], file: String, _ reason: String) -> CaseFileError {
    let before = bytes.prefix(position)
    let start = before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
    let line = before.count { $0 == 0x0a } + 1
    let column = String(decoding: before[start...], as: UTF8.self).count + 1
    return CaseFileError(file: file, line: line, column: column, reason: reason)
  }
}
