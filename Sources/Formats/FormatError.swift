/// Why bytes are no row, or a row cannot become bytes. Holds no record values.
public struct FormatError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// The record is not of the declared format or columns; it belongs to the error topic.
    case undecodable
    /// The format cannot hold these columns or this value; the statement or the value must change.
    case unsupported
    /// The schema of a record could not be asked for; try again later.
    case unavailable
  }

  public var code: Code
  /// One sentence, with the column where it is known.
  public var reason: String

  public init(_ code: Code, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  public var description: String { reason }

  /// The same reason, with the place in front: `PRICE: …`, `PRICE.UNIT: …`.
  func inside(_ name: String) -> FormatError {
    let isNested = reason.first == "[" || reason.first == "."
    return FormatError(code, isNested ? "\(name)\(reason)" : "\(name): \(reason)")
  }
}
