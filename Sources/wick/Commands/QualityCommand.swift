import ArgumentParser
import Foundation
import Lake
import Yams

struct QualityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quality", abstract: "Rules that the tables of the lake keep.", subcommands: [Check.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Look whether the tables keep the rules. Exit code 1 with what is wrong.",
      discussion: "Example: wick quality check --lake .wick/lake")

    @Option(help: "The file of rules (default governance/quality.yml).")
    var rules: String?

    @OptionGroup var lake: LakeOptions

    func run() throws {
      try Failure.reporting {
        let store = try LakeCommand.store(lake)
        let report = try QualityCheck(store, read(rules ?? Defaults.governance + "/quality.yml")).run()
        let shown = report.lines.map { line in
          [
            line.isClean ? "ok" : "WRONG", line.table, line.rule, Terminal.grouped(line.examined),
            Terminal.grouped(line.violations),
          ]
        }
        Terminal.table(["", "table", "rule", "examined", "wrong"], shown)
        for note in report.notes { Terminal.say("note: \(note)") }
        guard !report.isClean else { return }
        for line in report.lines where !line.isClean {
          for example in line.examples { Terminal.complain("\(line.table): \(line.rule): \(example)") }
        }
        throw Failure(.checkFailed, "\(report.lines.count { !$0.isClean }) rules are broken; see above.")
      }
    }

    private func read(_ path: String) throws -> QualityRules {
      guard let data = FileManager.default.contents(atPath: path) else { throw Failure(.badInput, "\(path) cannot be read.") }
      do {
        return try YAMLDecoder().decode(QualityRules.self, from: String(decoding: data, as: UTF8.self))
      } catch let error as LakeError { throw error } catch {
        throw Failure(.badInput, "\(path) holds no rules (\(error)); compare it with governance/quality.yml.")
      }
    }
  }
}

struct FreshnessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "freshness", abstract: "How new the rows of the tables are.", subcommands: [Check.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Look whether the newest row of each table is new enough. Exit code 1 with those that are not.",
      discussion: "Example: wick freshness check --lake .wick/lake --within 60 --table bronze.trades")

    @Option(help: "Seconds that the newest row may be old.")
    var within: Int = 60

    @Option(help: "Tables, comma-separated (default bronze.trades).")
    var table: String = "bronze.trades"

    @OptionGroup var lake: LakeOptions

    func validate() throws {
      guard within > 0 else { throw ValidationError("--within is a number of seconds above 0.") }
    }

    func run() throws {
      try Failure.reporting {
        let newest = try LakeFreshness(LakeCommand.store(lake)).newest()
        let now = Int64(Date().timeIntervalSince1970 * 1e6)
        var stale: [String] = []
        var shown: [[String]] = []
        for name in table.split(separator: ",").map(String.init) {
          let age = newest[name].map { (now - $0) / 1_000_000 }
          let isFresh = age.map { $0 <= within } ?? false
          shown.append([isFresh ? "ok" : "STALE", name, age.map { "\(Terminal.grouped($0)) s" } ?? "no rows", "\(within) s"])
          if !isFresh { stale.append(name) }
        }
        Terminal.table(["", "table", "age of the newest row", "allowed"], shown)
        guard !stale.isEmpty else { return }
        throw Failure(
          .checkFailed, "\(stale.joined(separator: ", ")): not fresh. Is the sink running, and the ingest? See RUNBOOK.md.")
      }
    }
  }
}
