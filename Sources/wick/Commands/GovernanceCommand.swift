import ArgumentParser
import Foundation
import Governance

struct GovernanceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "governance", abstract: "Promises, and what watches them.", subcommands: [Rules.self])

  struct Rules: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print Prometheus' rules, made from the promises.",
      discussion: "Example: wick governance rules > governance/prometheus_rules.yml")

    @Argument(help: "The file of promises.")
    var file: String = "governance/slo.yml"

    @Option(help: "Shorten every window and waiting time to this share, to try the rules out in seconds.")
    var scale: Double = 1

    @Option(help: "What the anchors of the runbook belong to.")
    var runbook: String = "RUNBOOK.md"

    func validate() throws {
      guard scale > 0, scale <= 1 else { throw ValidationError("--scale is above 0, and at most 1.") }
    }

    func run() throws {
      try Failure.reporting {
        guard let data = FileManager.default.contents(atPath: file) else { throw Failure(.badInput, "\(file) cannot be read.") }
        let levels = try ServiceLevels(yaml: String(decoding: data, as: UTF8.self))
        Terminal.say(String(PrometheusRules(levels, scale: scale, runbook: runbook).text.dropLast()))
      }
    }
  }
}
