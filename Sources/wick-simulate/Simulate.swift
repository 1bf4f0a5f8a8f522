import ArgumentParser
import Foundation
import Simulation

@main struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wick-simulate",
    abstract: "Run simulated histories; exit 1 with the seed and its trace at the first violation.")

  @Option(help: "Histories to run, unless a time is given.")
  var seeds = 20_000
  @Option(help: "Minutes to run for.")
  var minutes: Double?
  @Option(help: "The first seed; a new one where it is left out, printed either way.")
  var start = UInt64.random(in: 1...(1 << 48))
  @Option(help: "Threads.")
  var threads = 1
  @Option(help: "Break a safety rule on purpose; may be given several times.")
  var fault: [SimulationFault] = []
  @Option(help: "Add a line to this file, parted by tabs: part, number tried, unit, first seed, remark.")
  var report: String?

  func run() throws {
    let began = Date()
    let faults = Set(fault)
    print("start seed \(start)")
    // Known even where the run is killed.
    fflush(nil)
    var search = SimulationSearch(from: start, threads: threads, faults: faults)
    while search.violation == nil, minutes.map({ -began.timeIntervalSinceNow < $0 * 60 }) ?? (search.histories < seeds) {
      search.run(minutes == nil ? min(1000, seeds - search.histories) : 1000)
    }
    if let found = search.violation {
      for line in Simulation.run(seed: found.seed, faults: faults, tracing: true).trace { print(line) }
      print("seed \(found.seed): \(found.violation ?? "")")
      print("replay: wick-simulate --seeds 1 --start \(found.seed)\(fault.map { " --fault \($0.rawValue)" }.joined())")
    }
    try summarise(search, seconds: -began.timeIntervalSinceNow)
    if search.violation != nil { throw ExitCode(1) }
  }

  private func summarise(_ search: SimulationSearch, seconds: Double) throws {
    let counts = "\(search.steps) steps, \(search.commits) commits, \(search.records) records"
    let rate = Int(Double(search.histories) / max(seconds, 0.001))
    print(
      "\(search.histories) histories, \(counts) in \(String(format: "%.1f", seconds)) s (\(rate)/s), "
        + "digest \(String(search.digest, radix: 16))")
    print("reached: \(search.rare.description)")
    guard let report else { return }
    let remark = "\(counts), \(search.violation == nil ? "no" : "a") violation"
    let line = ["simulated histories", "\(search.histories)", "histories", "\(start)", remark].joined(separator: "\t") + "\n"
    guard let file = fopen(report, "a") else { throw ValidationError("\(report) cannot be written to") }
    fputs(line, file)
    fclose(file)
  }
}

extension SimulationFault: ExpressibleByArgument {}
