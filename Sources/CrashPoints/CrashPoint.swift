#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Synchronization

/// A named place where a test may kill the process, to show that what survives is exact.
///
/// Off unless armed: with the environment variable `WICK_CRASH_AT` unset a hit is one load and one branch.
/// `WICK_CRASH_AT=lake.swap:before:2` sends SIGKILL to the own process at the second hit of `lake.swap` whose side is `before`.
/// The side may be left out (`before`), and so may the count (1).
public enum CrashPoint {
  /// Whether the hit comes before or after the step it names.
  public enum Side: String, Sendable { case before, after }

  private struct Armed: Sendable {
    let name: String
    let side: String
    let count: Int
  }

  private static let armed: Armed? = {
    guard let raw = getenv("WICK_CRASH_AT") else { return nil }
    let parts = String(cString: raw).split(separator: ":").map(String.init)
    guard let name = parts.first else { return nil }
    let side = parts.first { $0 == "before" || $0 == "after" } ?? "before"
    let count = parts.dropFirst().compactMap { Int($0) }.first ?? 1
    return Armed(name: name, side: side, count: count)
  }()

  private static let hits = Atomic<Int>(0)

  /// Kills the process with SIGKILL when this point is armed and its count is reached; otherwise does nothing.
  ///
  /// Safe to call from any thread.
  @inline(__always)
  public static func hit(_ name: StaticString, _ side: Side = .before) {
    guard let armed else { return }
    strike(name, side, armed)
  }

  @inline(never)
  private static func strike(_ name: StaticString, _ side: Side, _ armed: Armed) {
    guard side.rawValue == armed.side, name.description == armed.name else { return }
    if hits.add(1, ordering: .sequentiallyConsistent).newValue == armed.count {
      kill(getpid(), SIGKILL)
    }
  }
}
