import Foundation
import Simulation

/// `wick-simulate [--seeds N] [--start SEED] [--minutes M] [--fault NAME]`: runs histories, prints counts, and exits 1 with the
/// seed and its trace at the first violation.
@main struct Simulate {
  private var seeds = 20_000
  private var start: UInt64 = 1
  private var minutes: Double?
  private var faults: Set<SimulationFault> = []
  private let began = Date()
  private var (histories, steps, commits, records) = (0, 0, 0, 0)
  /// Over every outcome, to compare two runs.
  private var digest: UInt64 = 0xcbf2_9ce4_8422_2325

  static func main() {
    guard var run = Simulate(CommandLine.arguments.dropFirst()) else {
      let names = SimulationFault.allCases.map(\.rawValue).joined(separator: ", ")
      print("usage: wick-simulate [--seeds N] [--start SEED] [--minutes M] [--fault NAME]; faults: \(names)")
      exit(64)
    }
    exit(run.run() ? 0 : 1)
  }

  private init?(_ arguments: ArraySlice<String>) {
    var rest = arguments
    while let flag = rest.popFirst() {
      guard let value = rest.popFirst() else { return nil }
      switch flag {
      case "--seeds":
        guard let number = Int(value) else { return nil }
        seeds = number
      case "--start":
        guard let number = UInt64(value) else { return nil }
        start = number
      case "--minutes":
        guard let number = Double(value) else { return nil }
        minutes = number
      case "--fault":
        guard let fault = SimulationFault(rawValue: value) else { return nil }
        faults.insert(fault)
      default: return nil
      }
    }
  }

  /// False at the first violation.
  private mutating func run() -> Bool {
    while minutes.map({ Date().timeIntervalSince(began) < $0 * 60 }) ?? (histories < seeds) {
      let outcome = Simulation.run(seed: start &+ UInt64(histories), faults: faults)
      note(outcome)
      guard let violation = outcome.violation else { continue }
      for line in Simulation.run(seed: outcome.seed, faults: faults, tracing: true).trace { print(line) }
      print("seed \(outcome.seed): \(violation)")
      report()
      return false
    }
    report()
    return true
  }

  private mutating func note(_ outcome: Simulation.Outcome) {
    histories += 1
    steps += outcome.steps
    commits += outcome.commits
    records += outcome.records
    for number in [outcome.steps, outcome.commits, outcome.records] {
      digest = (digest ^ UInt64(number)) &* 0x100_0000_01b3
    }
  }

  private func report() {
    let seconds = Date().timeIntervalSince(began)
    print(
      "\(histories) histories, \(steps) steps, \(commits) commits, \(records) records in "
        + "\(String(format: "%.1f", seconds)) s (\(Int(Double(histories) / max(seconds, 0.001)))/s), "
        + "digest \(String(digest, radix: 16))")
  }
}
