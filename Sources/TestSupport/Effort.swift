#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How long a searching test goes on: a fixed number of rounds in `make test`, until its share of the time is used up in `make soak`.
///
///     var effort = Effort("held EndTxn frames", quick: 200)
///     while effort.goesOn() { try round(effort.round) }
///     effort.report(tried: effort.rounds, unit: "schedules", seed: generator.seed)
///
/// `WICK_SOAK_SECONDS` is the share, `WICK_SOAK_REPORT` the file that takes one line per part: part, number tried, unit, seed and
/// remark, parted by tabs. A violation is a failed test, never a line here.
public struct Effort {
  /// Whether this run is a soak.
  public static var isSoak: Bool { seconds != nil }

  /// Rounds begun so far.
  public private(set) var rounds = 0

  private let part: String
  private let quick: Int
  private let begun = ContinuousClock.now

  private static var seconds: Double? { getenv("WICK_SOAK_SECONDS").flatMap { Double(String(cString: $0)) } }

  /// `quick` is the number of rounds outside a soak, and the least number within one.
  public init(_ part: String, quick: Int) {
    self.part = part
    self.quick = quick
  }

  /// Whether another round is due; counts it.
  public mutating func goesOn() -> Bool {
    if rounds >= quick {
      guard let seconds = Self.seconds, ContinuousClock.now - begun < .seconds(seconds) else { return false }
    }
    rounds += 1
    return true
  }

  /// Prints what was tried, and in a soak adds it to the report.
  public func report(tried: Int, unit: String, seed: UInt64? = nil, remark: String = "") {
    let fields = [part, String(tried), unit, seed.map { String($0) } ?? "", remark]
    print("tried: \(fields.filter { !$0.isEmpty }.joined(separator: " · "))")
    guard let path = getenv("WICK_SOAK_REPORT"), let file = fopen(path, "a") else { return }
    fputs(fields.joined(separator: "\t") + "\n", file)
    fclose(file)
  }
}
