#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Synchronization

/// A named place where a test may kill the process, to show that what survives is exact.
///
/// Off unless armed: with neither environment variable set, a hit is one load and one branch.
///
/// `WICK_CRASH_AT=lake.swap:before:2` sends SIGKILL to the own process at the second hit of `lake.swap` whose side is `before`.
/// The side may be left out (`before`), and so may the count (1).
///
/// `WICK_CRASH_TRAIL=file` appends a line `name:side` at every hit, so that a test learns which points a run passes, and how often.
public enum CrashPoint {
  /// Whether the hit comes before or after the step it names.
  public enum Side: String, Sendable { case before, after }

  private struct Armed: Sendable {
    var name = ""
    var side = Side.before
    var count = 1
    /// Descriptor of the trail; -1 for none.
    var trail: Int32 = -1
  }

  private static let armed: Armed? = {
    let place = getenv("WICK_CRASH_AT").map { String(cString: $0) }
    let trail = getenv("WICK_CRASH_TRAIL").map { String(cString: $0) }
    guard place != nil || trail != nil else { return nil }
    var armed = Armed()
    let parts = (place ?? "").split(separator: ":").map(String.init)
    armed.name = parts.first ?? ""
    armed.side = parts.lazy.compactMap { Side(rawValue: $0) }.first ?? .before
    armed.count = parts.dropFirst().lazy.compactMap { Int($0) }.first ?? 1
    if let trail { armed.trail = open(trail, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644) }
    return armed
  }()

  private static let hits = Atomic<Int>(0)

  /// Kills the process with SIGKILL when this point is armed and its count is reached; otherwise does nothing.
  ///
  /// Safe to call from any thread.
  ///
  /// - Parameter name: a literal, at the call itself: tests list all points by reading the source.
  @inline(__always)
  public static func hit(_ name: StaticString, _ side: Side = .before) {
    guard let armed else { return }
    strike(name.description, side, armed)
  }

  @inline(never)
  private static func strike(_ name: String, _ side: Side, _ armed: Armed) {
    if armed.trail >= 0 {
      let line = Array("\(name):\(side.rawValue)\n".utf8)
      // A trail that cannot be written is a test without its points, which fails by itself.
      _ = write(armed.trail, line, line.count)
    }
    guard side == armed.side, name == armed.name else { return }
    if hits.add(1, ordering: .sequentiallyConsistent).newValue == armed.count { kill(getpid(), SIGKILL) }
  }
}
