/// A line that is being edited, and where the cursor stands. Pure.
public struct LineBuffer: Hashable, Sendable {
  public private(set) var characters: [Character] = []
  /// Characters before the cursor.
  public private(set) var cursor = 0
  private var killed: [Character] = []

  public init() {}

  public var text: String { String(characters) }

  /// What stands before the cursor.
  public var head: String { String(characters[..<cursor]) }

  /// Puts a text in the place of all there is, with the cursor behind it.
  public mutating func replace(with text: String) {
    characters = Array(text)
    cursor = characters.count
  }

  public mutating func insert(_ text: String) {
    let new = Array(text)
    characters.insert(contentsOf: new, at: cursor)
    cursor += new.count
  }

  /// Takes a key that edits or moves; false when it does neither.
  public mutating func take(_ key: Key) -> Bool {
    switch key {
    case .character(let character): insert(String(character))
    case .backspace, .control("h"): if cursor > 0 { removeBefore(cursor - 1) }
    case .delete: if cursor < characters.count { characters.remove(at: cursor) }
    case .left, .control("b"): cursor = max(0, cursor - 1)
    case .right, .control("f"): cursor = min(characters.count, cursor + 1)
    case .home, .control("a"): cursor = 0
    case .end, .control("e"): cursor = characters.count
    case .wordLeft: cursor = wordStart
    case .wordRight: cursor = wordEnd
    case .control("w"): kill(wordStart..<cursor)
    case .control("u"): kill(0..<cursor)
    case .control("k"): kill(cursor..<characters.count)
    case .control("y"): insert(String(killed))
    default: return false
    }
    return true
  }

  private mutating func removeBefore(_ start: Int) {
    characters.removeSubrange(start..<cursor)
    cursor = start
  }

  private mutating func kill(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    killed = Array(characters[range])
    characters.removeSubrange(range)
    cursor = range.lowerBound
  }

  static func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber || character == "_" }

  private var wordStart: Int {
    var at = cursor
    while at > 0, !Self.isWord(characters[at - 1]) { at -= 1 }
    while at > 0, Self.isWord(characters[at - 1]) { at -= 1 }
    return at
  }

  private var wordEnd: Int {
    var at = cursor
    while at < characters.count, !Self.isWord(characters[at]) { at += 1 }
    while at < characters.count, Self.isWord(characters[at]) { at += 1 }
    return at
  }

  /// The word before the cursor, as far as it is written.
  public var word: String {
    var at = cursor
    while at > 0, Self.isWord(characters[at - 1]) { at -= 1 }
    return String(characters[at..<cursor])
  }

  /// Puts `word` in the place of the one before the cursor.
  public mutating func complete(_ word: String) {
    removeBefore(cursor - self.word.count)
    insert(word)
  }
}
