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
