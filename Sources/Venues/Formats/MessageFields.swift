/// The top-level members of one venue message that a trade is made of, as ranges of its text.
///
/// Knows which venue sent it by the members only that venue has: `e: trade` (Binance), `type: match` (Coinbase Exchange),
/// `channel: trade` with a `data` list (Kraken v2).
struct MessageFields {
  enum Kind { case none, binance, coinbase, kraken }

  typealias Bytes = UnsafeBufferPointer<UInt8>

  private(set) var kind = Kind.none
  /// The elements of Kraken's `data` list.
  private(set) var items: [Bytes] = []
  private var entries: [(key: Bytes, value: Bytes)] = []

  /// The text of a member: a string without its quotes, a number or true/false as written.
  subscript(_ key: StaticString) -> Bytes? {
    for entry in entries where entry.key.equals(key) { return entry.value }
    return nil
  }

  /// Reads one object. A `data` object (Binance's combined streams) is read in place of its wrapper.
  mutating func read(_ cursor: inout JSONCursor) throws(JSONCursor.Fault) {
    entries.reserveCapacity(16)
    try cursor.enterObject()
    while let key = try cursor.nextKey() { try readMember(key, &cursor) }
    settleKind()
  }

  private mutating func readMember(_ key: Bytes, _ cursor: inout JSONCursor) throws(JSONCursor.Fault) {
    switch try cursor.peek() {
    case .string: entries.append((key, try cursor.string()))
    case .number: entries.append((key, try cursor.number()))
    case .literal:
      let start = cursor.position
      try cursor.skip()
      entries.append((key, Bytes(rebasing: cursor.text[start..<cursor.position])))
    case .object:
      if key.equals("data") { try read(&cursor) } else { try cursor.skip() }
    case .array:
      if key.equals("data") { try readItems(&cursor) } else { try cursor.skip() }
    }
  }

  private mutating func readItems(_ cursor: inout JSONCursor) throws(JSONCursor.Fault) {
    try cursor.enterArray()
    while try cursor.nextElement() {
      let kind = try cursor.peek()
      let start = cursor.position
      try cursor.skip()
      if kind == .object { items.append(Bytes(rebasing: cursor.text[start..<cursor.position])) }
    }
  }

  private mutating func settleKind() {
    if let event = self["e"] {
      if event.equals("trade") { kind = .binance }
    } else if let type = self["type"], type.equals("match") || type.equals("last_match") {
      kind = .coinbase
    } else if let channel = self["channel"], channel.equals("trade") {
      kind = .kraken
    }
  }
}
