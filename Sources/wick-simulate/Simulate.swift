import Foundation
import Simulation

/// Runs histories, prints counts, and exits 1 with the seed and its trace at the first violation.
@main struct Simulate {
  private static let usage = """
    usage: wick-simulate [--seeds N | --minutes M] [--start SEED] [--threads T] [--fault NAME] [--report FILE]
      --seeds    histories to run; 20000 without --minutes
      --start    the first seed; a new one where it is left out, printed either way
      --fault    breaks a safety rule on purpose: \(SimulationFault.allCases.map(\.rawValue).joined(separator: ", "))
      --report   adds a line to FILE, parted by tabs: part, number tried, unit, first seed, remark
    """

  private var seeds = 20_000
  private var start = UInt64.random(in: 1...(1 << 48))
  private var minutes: Double?
  private var threads = 1
  private var faults: Set<SimulationFault> = []
  private var reportPath: String?
  private let began = Date()

  static func main() {
    guard var options = Simulate(CommandLine.arguments.dropFirst()) else {
      print(usage)
      exit(64)
    }
    exit(options.run() ? 0 : 1)
  }

  private init?(_ arguments: ArraySlice<String>) {
    var rest = arguments
    while let flag = rest.popFirst() {
      guard let value = rest.popFirst(), take(flag, value) else { return nil }
    }
  }

  private mutating func take(_ flag: String, _ value: String) -> Bool {
    switch flag {
    case "--seeds": return Int(value).map { seeds = $0 } != nil
    case "--start": return UInt64(value).map { start = $0 } != nil
    case "--minutes": return Double(value).map { minutes = $0 } != nil
    case "--threads": return Int(value).map { threads = $0 } != nil
    case "--fault": return SimulationFault(rawValue: value).map { _ = faults.insert($0) } != nil
    case "--report":
      reportPath = value
      return true
    default: return false
    }
  }

  /// False at the first violation.
  private mutating func run() -> Bool {
    print("start seed \(start)")
    // Known even where the run is killed.
    fflush(nil)
    var search = SimulationSearch(from: start, threads: threads, faults: faults)
    while search.violation == nil, minutes.map({ seconds < $0 * 60 }) ?? (search.histories < seeds) {
      search.run(minutes == nil ? min(1000, seeds - search.histories) : 1000)
    }
    if let found = search.violation {
      for line in Simulation.run(seed: found.seed, faults: faults, tracing: true).trace { print(line) }
      print("seed \(found.seed): \(found.violation ?? "")")
      print("replay: wick-simulate --seeds 1 --start \(found.seed)\(faults.map { " --fault \($0.rawValue)" }.joined())")
    }
    summarise(search)
    return search.violation == nil
  }

  private var seconds: Double { Date().timeIntervalSince(began) }

  private func summarise(_ search: SimulationSearch) {
    let counts = "\(search.steps) steps, \(search.commits) commits, \(search.records) records"
    let rate = Int(Double(search.histories) / max(seconds, 0.001))
    print(
      "\(search.histories) histories, \(counts) in \(String(format: "%.1f", seconds)) s (\(rate)/s), "
        + "digest \(String(search.digest, radix: 16))")
    print("reached: \(search.rare.description)")
    guard let reportPath else { return }
    let remark = "\(counts), \(search.violation == nil ? "no" : "a") violation"
    let line = ["simulated histories", "\(search.histories)", "histories", "\(start)", remark].joined(separator: "\t") + "\n"
    guard let file = fopen(reportPath, "a") else {
      return FileHandle.standardError.write(Data("wick-simulate: \(reportPath) cannot be written to\n".utf8))
    }
    fputs(line, file)
    fclose(file)
  }
}
