/// A place in one JSON text, moving forward over it. Values are handed out as ranges of the text, so that numbers keep their
/// exact digits and nothing is allocated. Covers RFC 8259; nesting is limited to 64.
struct JSONCursor {
  /// The text is not JSON from here on.
  struct Fault: Error {}

  let text: UnsafeBufferPointer<UInt8>
  private(set) var position = 0
  private var depth = 0
  /// Bit `d` is set once the object or array at depth `d` has had a member, so that the next one must follow a comma.
  private var hasMember: UInt64 = 0

  init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

  /// What kind of value comes next.
  enum Kind { case object, array, string, number, literal }

  mutating func peek() throws(Fault) -> Kind {
    skipSpace()
    guard position < text.count else { throw Fault() }
    switch text[position] {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): return .literal
    default: throw Fault()
    }
  }

  /// Enters an object; then `nextKey` until it returns nil.
  mutating func enterObject() throws(Fault) { try enter(UInt8(ascii: "{")) }

  /// Enters an array; then `nextElement` until it returns false.
  mutating func enterArray() throws(Fault) { try enter(UInt8(ascii: "[")) }

  /// The next member's key (quotes left out, escapes untouched), with the cursor at its value; nil after the last one.
  mutating func nextKey() throws(Fault) -> UnsafeBufferPointer<UInt8>? {
    guard try advance(closing: UInt8(ascii: "}")) else { return nil }
    let key = try string()
    try expect(UInt8(ascii: ":"))
    return key
  }

  /// Whether another element follows, with the cursor at it.
  mutating func nextElement() throws(Fault) -> Bool { try advance(closing: UInt8(ascii: "]")) }

  /// A string's bytes between its quotes, escapes untouched.
  mutating func string() throws(Fault) -> UnsafeBufferPointer<UInt8> {
    try expect(UInt8(ascii: "\""))
    let start = position
    while position < text.count {
      switch text[position] {
      case UInt8(ascii: "\""):
        position += 1
        return UnsafeBufferPointer(rebasing: text[start..<(position - 1)])
      case UInt8(ascii: "\\"): position += 2
      case 0..<0x20: throw Fault()
      default: position += 1
      }
    }
    throw Fault()
  }

  /// A number's digits as written.
  mutating func number() throws(Fault) -> UnsafeBufferPointer<UInt8> {
    skipSpace()
    let start = position
    while position < text.count {
      switch text[position] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"),
        UInt8(ascii: "E"):
        position += 1
        continue
      default: break
      }
      break
    }
    guard position > start else { throw Fault() }
    return UnsafeBufferPointer(rebasing: text[start..<position])
  }

  /// true or false.
  mutating func boolean() throws(Fault) -> Bool {
    skipSpace()
    if match("true") { return true }
    if match("false") { return false }
    throw Fault()
  }

  /// Passes over one value of any kind.
  mutating func skip() throws(Fault) {
    switch try peek() {
    case .object:
      try enterObject()
      while try nextKey() != nil { try skip() }
    case .array:
      try enterArray()
      while try nextElement() { try skip() }
    case .string: _ = try string()
    case .number: _ = try number()
    case .literal: guard match("true") || match("false") || match("null") else { throw Fault() }
    }
  }

  /// Fails unless only white space is left.
  mutating func finish() throws(Fault) {
    skipSpace()
    guard position == text.count else { throw Fault() }
  }

  private mutating func enter(_ bracket: UInt8) throws(Fault) {
    try expect(bracket)
    depth += 1
    guard depth < 64 else { throw Fault() }
    hasMember &= ~(1 << UInt64(depth))
  }

  /// Moves past a comma or a closing bracket; false when the bracket came.
  private mutating func advance(closing: UInt8) throws(Fault) -> Bool {
    skipSpace()
    guard position < text.count else { throw Fault() }
    if text[position] == closing {
      position += 1
      depth -= 1
      return false
    }
    let bit: UInt64 = 1 << UInt64(depth)
    if hasMember & bit != 0 {
      try expect(UInt8(ascii: ","))
      skipSpace()
    }
    hasMember |= bit
    return true
  }

  private mutating func expect(_ byte: UInt8) throws(Fault) {
    skipSpace()
    guard position < text.count, text[position] == byte else { throw Fault() }
    position += 1
  }

  private mutating func match(_ word: StaticString) -> Bool {
    guard position + word.utf8CodeUnitCount <= text.count else { return false }
    for index in 0..<word.utf8CodeUnitCount where text[position + index] != word.utf8Start[index] { return false }
    position += word.utf8CodeUnitCount
    return true
  }

  private mutating func skipSpace() {
    while position < text.count {
      switch text[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position += 1
      default: return
      }
    }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether the bytes are exactly those of `word`.
  func equals(_ word: StaticString) -> Bool {
    guard count == word.utf8CodeUnitCount else { return false }
    for index in 0..<count where self[index] != word.utf8Start[index] { return false }
    return true
  }
}
