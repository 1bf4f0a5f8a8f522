/// Why a replay could not be made, and what to do about it.
public struct ReplayError: Error, Hashable, Sendable, CustomStringConvertible {
  /// As a sentence without a full stop.
  public let reason: String
  public let advice: String

  init(_ reason: String, advice: String) {
    self.reason = reason
    self.advice = advice
  }

  public var description: String { "\(reason). \(advice)." }
}
