import Dispatch
import Foundation

/// The broker's only source of time, so that tests can be their own.
struct BrokerClock: Sendable {
  /// Milliseconds since 1970; may jump.
  var nowMs: @Sendable () -> Int64
  /// Milliseconds that only go forward, for sessions and time-outs.
  var monotonicMs: @Sendable () -> Int64

  static let system = BrokerClock(
    nowMs: {
      var time = timespec()
      clock_gettime(CLOCK_REALTIME, &time)
      return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    },
    monotonicMs: { Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000) })
}
