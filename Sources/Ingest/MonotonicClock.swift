import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// The edge to real time.
enum MonotonicClock {
  /// Nanoseconds that never step back; of no meaning across processes.
  static func nanos() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Microseconds since the epoch.
  static func wallMicros() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000_000) }

  /// Blocks until `deadline`, or at most 20 ms longer than it takes `condition` to become true.
  static func sleep(until deadline: Int64, orUntil condition: () -> Bool) {
    while !condition() {
      let left = deadline - nanos()
      if left <= 0 { return }
      Thread.sleep(forTimeInterval: Double(min(left, 20_000_000)) / 1e9)
    }
  }
}
