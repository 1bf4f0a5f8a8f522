/// Patterns of LIKE with an ESCAPE of their own.
public enum LikeEscape {
  /// `pattern` with the engine's own escape, the backslash, in the place of `mark`. What follows a mark stands for itself, the
  /// mark too; a mark at the end stands for itself.
  public static func pattern(_ pattern: String, escapedBy mark: Unicode.Scalar) -> String {
    var result = String.UnicodeScalarView()
    var rest = pattern.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      if scalar == mark {
        result.append("\\")
        result.append(rest.popFirst() ?? mark)
      } else {
        if scalar == "\\" { result.append("\\") }
        result.append(scalar)
      }
    }
    return String(result)
  }
}
