/// Decides when the next trade is due: at a fixed rate, or in step with event time. Pure; times are nanoseconds of one monotonic clock.
public struct Pacer: Sendable, Equatable {
  /// How fast to go.
  public enum Mode: Sendable, Equatable {
    case unlimited
    /// Trades per second.
    case rate(Double)
    /// Times event time: 1 replays as it happened, 60 a minute in a second.
    case speed(Double)
  }

  private let mode: Mode
  private let startNanos: Int64
  private var firstEventTime: Int64?
  private var sent: Int64 = 0

  public init(_ mode: Mode, startNanos: Int64) {
    self.mode = mode
    self.startNanos = startNanos
  }

  /// When the trade of `eventTime` (microseconds) is due; nil when it is due at once. Counts the trade.
  public mutating func due(eventTime: Int64) -> Int64? {
    defer { sent += 1 }
    switch mode {
    case .unlimited: return nil
    case .rate(let perSecond): return startNanos + Int64(Double(sent) / perSecond * 1e9)
    case .speed(let factor):
      let first = firstEventTime ?? eventTime
      firstEventTime = first
      return startNanos + Int64(Double(max(0, eventTime - first)) * 1000 / factor)
    }
  }
}
