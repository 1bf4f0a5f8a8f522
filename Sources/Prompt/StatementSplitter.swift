/// Cuts a text into statements at each `;` that stands outside of quotes and comments. Pure.
public enum StatementSplitter {
  /// The statements without their `;`, and what follows the last one.
  public static func split(_ text: String) -> (statements: [String], rest: String) {
    var statements: [String] = []
    var current = ""
    var inside: Inside?
    var before: Character?
    for character in text {
      current.append(character)
      switch inside {
      case .quote(let quote): if character == quote { inside = nil }
      case .line: if character.isNewline { inside = nil }
      case .block: if before == "*", character == "/" { inside = nil }
      case nil:
        switch character {
        case "'", "\"", "`": inside = .quote(character)
        case "-" where before == "-": inside = .line
        case "*" where before == "/":
          inside = .block
          // The star that opens a comment does not close it.
          before = nil
          continue
        case ";":
          statements.append(String(current.dropLast()))
          current = ""
        default: break
        }
      }
      before = character
    }
    return (statements, current)
  }

  /// Whether something of a text is still to be carried out: not blank and not all comment.
  public static func hasContent(_ text: String) -> Bool {
    var rest = Substring(text)
    while let first = rest.first {
      if first.isWhitespace {
        rest.removeFirst()
      } else if rest.hasPrefix("--") {
        rest = rest.drop { !$0.isNewline }
      } else if rest.hasPrefix("/*") {
        guard let end = rest.dropFirst(2).firstRange(of: "*/") else { return false }
        rest = rest[end.upperBound...]
      } else {
        return true
      }
    }
    return false
  }

  private enum Inside { case quote(Character), line, block }
}
