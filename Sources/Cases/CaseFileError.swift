/// A text that is no case file: where it goes wrong, and what was expected there.
public struct CaseFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Name of the file, as it was given.
  public var file: String
  /// Line and column in characters, both from 1.
  public var line: Int
  public var column: Int
  /// One sentence without the position.
  public var reason: String

  public init(file: String, line: Int, column: Int, reason: String) {
    self.file = file
    self.line = line
    self.column = column
    self.reason = reason
  }

  public var description: String { "\(file):\(line):\(column): \(reason)" }
}
