/// What went wrong with a Parquet file, and what to do about it. Never carries values of records.
public struct ParquetError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure, by what the caller can do.
  public enum Code: Hashable, Sendable {
    /// The schema cannot be written; change it.
    case schema
    /// A batch does not fit the schema (column, type, null, range, size); fix the batch. The file is spoilt: discard it.
    case value
    /// The operating system refused a read or a write; the file is spoilt: discard it and try again elsewhere or later.
    case io
    /// The bytes are not valid Parquet: restore the file from its source.
    case corrupt
    /// Valid Parquet that this library does not read or write; rewrite the file with another tool.
    case unsupported
    /// The calls came in the wrong order; a bug of the caller.
    case misuse
  }

  public let code: Code
  /// One sentence: what is wrong, where, and what to do.
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "parquet: \(message)" }

  static func corrupt(_ message: String) -> ParquetError {
    ParquetError(.corrupt, "\(message); the file is damaged, restore it from its source")
  }
}
