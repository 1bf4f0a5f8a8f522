/// A text that is not JSON. The text itself is not repeated: it may be a record's value.
public struct JSONError: Error, Equatable, CustomStringConvertible {
  /// What is wrong.
  public let what: String
  /// Where, in bytes from the start.
  public let position: Int

  public var description: String { "Not JSON: \(what) at byte \(position)" }
}
