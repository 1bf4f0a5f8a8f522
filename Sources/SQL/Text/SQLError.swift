/// Why a statement was refused: where, what is wrong, what would have been right.
///
/// A value without references: it may cross threads and be kept. Nothing is planned when one is thrown, neither the statement
/// that is wrong nor those after it.
public struct SQLError: Error, Hashable, Sendable {
  /// Name of the file (or other text) that holds the statement.
  public var file: String
  /// Line, from 1.
  public var line: Int
  /// Column in characters, from 1.
  public var column: Int
  /// How many characters, from `column` on and on that line, are meant. At least 1.
  public var length: Int
  /// One sentence: what is wrong and, where it is not obvious, what to use instead. Without position.
  public var message: String
  /// What could have stood here, as a person would type it. Empty when the grammar is not the matter.
  public var expected: [String]
  /// The nearest known name, where something known was probably meant.
  public var suggestion: String?
  /// The line itself, made printable; long lines are cut around the place.
  public var excerpt: String
  /// Column of the place inside `excerpt`, from 1.
  public var excerptColumn: Int
}

extension SQLError: CustomStringConvertible {
  /// Three lines for a terminal: position and message; the line; a caret with what was expected or probably meant.
  public var description: String {
    let number = String(line)
    let gutter = String(repeating: " ", count: number.count)
    let indent = String(repeating: " ", count: excerptColumn - 1)
    let room = max(1, excerpt.count - excerptColumn + 1)
    let carets = String(repeating: "^", count: max(1, min(length, room)))
    let advice = advice.isEmpty ? "" : " " + advice
    return """
      \(file):\(line):\(column): \(message)
      \(number) | \(excerpt)
      \(gutter) | \(indent)\(carets)\(advice)
      """
  }

  /// What was expected and probably meant, in one line; empty when neither is known.
  public var advice: String {
    var parts: [String] = []
    if !expected.isEmpty { parts.append("expected " + expected.joinedAsAlternatives()) }
    if let suggestion { parts.append("did you mean \(suggestion)?") }
    return parts.joined(separator: "; ")
  }
}

extension [String] {
  /// `a`, `a or b`, `a, b or c`.
  func joinedAsAlternatives() -> String {
    guard let last, count > 1 else { return first ?? "" }
    return dropLast().joined(separator: ", ") + " or " + last
  }
}
