/// A file of promises or rules that cannot be used, and what to change in it.
public struct GovernanceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, as a sentence without a full stop.
  public let reason: String
  /// What to do about it.
  public let advice: String

  public init(_ reason: String, advice: String) {
    self.reason = reason
    self.advice = advice
  }

  public var description: String { "\(reason). \(advice)." }
}
