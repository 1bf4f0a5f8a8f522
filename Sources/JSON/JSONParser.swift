extension JSONValue {
  /// Parses one JSON text (RFC 8259). Duplicate member names, nesting deeper than 128 and trailing text are errors.
  ///
  /// - Throws: what is wrong, and at which byte.
  public init(parsing text: String) throws(JSONError) {
    var parser = JSONParser(Array(text.utf8))
    self = try parser.parseDocument()
  }

  /// Parses one JSON text given as UTF-8 bytes.
  public init(parsing bytes: [UInt8]) throws(JSONError) {
    var parser = JSONParser(bytes)
    self = try parser.parseDocument()
  }

  /// Parses one JSON text as people write it by hand: also with `//` and `#` comments to the end of the line, a comma after the last
  /// member, raw control characters inside strings, and a byte order mark. Of members with the same name the last counts.
  public init(parsingRelaxed bytes: [UInt8]) throws(JSONError) {
    var parser = JSONParser(bytes, isRelaxed: true)
    self = try parser.parseDocument()
  }
}

struct JSONParser {
  private let bytes: [UInt8]
  private var at = 0
  private var depth = 0
  private let isRelaxed: Bool
  private static let maximumDepth = 128

  init(_ bytes: [UInt8], isRelaxed: Bool = false) {
    self.bytes = bytes
    self.isRelaxed = isRelaxed
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    if isRelaxed, bytes.starts(with: mark) { at = mark.count }
  }

  mutating func parseDocument() throws(JSONError) -> JSONValue {
    let value = try parseValue()
    skipSpace()
    guard at == bytes.count else { throw fault("text after the end of the value") }
    return value
  }

  private func fault(_ what: String) -> JSONError {
    JSONError(what: what, position: at)
  }

  private mutating func skipSpace() {
    while at < bytes.count {
      if [0x20, 0x09, 0x0a, 0x0d].contains(bytes[at]) {
        at += 1
      } else if isRelaxed, isComment {
        while at < bytes.count, bytes[at] != 0x0a { at += 1 }
      } else {
        return
      }
    }
  }

  private var isComment: Bool {
    bytes[at] == UInt8(ascii: "#")
      || (bytes[at] == UInt8(ascii: "/") && at + 1 < bytes.count && bytes[at + 1] == UInt8(ascii: "/"))
  }

  private mutating func parseValue() throws(JSONError) -> JSONValue {
    skipSpace()
    guard at < bytes.count else { throw fault("the text ends too early") }
    switch bytes[at] {
    case UInt8(ascii: "{"): return try nested(Self.parseObject)
    case UInt8(ascii: "["): return try nested(Self.parseArray)
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try parseNumber()
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(JSONError) -> JSONValue
  ) throws(JSONError) -> JSONValue {
    depth += 1
    guard depth <= Self.maximumDepth else { throw fault("nested more than \(Self.maximumDepth) levels deep") }
    at += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private static func parseObject(_ parser: inout JSONParser) throws(JSONError) -> JSONValue {
    var members: [JSONValue.Member] = []
    var names: Set<String> = []
    parser.skipSpace()
    if parser.take("}") { return .object([]) }
    repeat {
      parser.skipSpace()
      if parser.isRelaxed, parser.take("}") { return .object(members) }
      guard parser.at < parser.bytes.count, parser.bytes[parser.at] == UInt8(ascii: "\"") else {
        throw parser.fault("a member name was expected")
      }
      let name = try parser.parseString()
      let isNew = names.insert(name).inserted
      guard isNew || parser.isRelaxed else { throw parser.fault("a member name that stands twice") }
      parser.skipSpace()
      guard parser.take(":") else { throw parser.fault("':' was expected") }
      let member = JSONValue.Member(name, try parser.parseValue())
      if !isNew { members.removeAll { $0.name == name } }
      members.append(member)
      parser.skipSpace()
    } while parser.take(",")
    guard parser.take("}") else { throw parser.fault("',' or '}' was expected") }
    return .object(members)
  }

  private static func parseArray(_ parser: inout JSONParser) throws(JSONError) -> JSONValue {
    var elements: [JSONValue] = []
    parser.skipSpace()
    if parser.take("]") { return .array([]) }
    repeat {
      if parser.isRelaxed {
        parser.skipSpace()
        if parser.take("]") { return .array(elements) }
      }
      elements.append(try parser.parseValue())
      parser.skipSpace()
    } while parser.take(",")
    guard parser.take("]") else { throw parser.fault("',' or ']' was expected") }
    return .array(elements)
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
    guard bytes[at...].starts(with: text.utf8) else { throw fault("an unknown word") }
    at += text.utf8.count
    return value
  }

  private mutating func parseNumber() throws(JSONError) -> JSONValue {
    let start = at
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    return .number(String(decoding: bytes[start..<at], as: UTF8.self))
  }

  private mutating func digits() throws(JSONError) {
    let start = at
    while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
    guard at > start else { throw fault("a value was expected") }
  }

  private mutating func parseString() throws(JSONError) -> String {
    at += 1
    let start = at
    while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\"), bytes[at] >= 0x20 { at += 1 }
    // Nearly every string has no escape: what follows its first plain part is often only the quotation mark.
    var text = Array(bytes[start..<at])
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else { throw fault("invalid UTF-8") }
        return string
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20 where !isRelaxed: throw fault("a control character inside a string")
      default: text.append(byte)
      }
    }
    throw fault("a string without an end")
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
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

  private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
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

  private mutating func hex4() throws(JSONError) -> UInt32 {
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
