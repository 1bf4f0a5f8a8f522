/// Time that moves only when the simulation says so. Belongs to one thread.
final class SimulatedClock: @unchecked Sendable {
  /// Milliseconds since 1970; may jump.
  var wallMs: Int64 = 1_700_000_000_000
  /// Milliseconds that only go forward.
  var monotonicMs: Int64 = 0

  func advance(_ milliseconds: Int64) {
    wallMs += milliseconds
    monotonicMs += milliseconds
  }
}
