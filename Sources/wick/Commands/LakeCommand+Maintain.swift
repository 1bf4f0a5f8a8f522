import ArgumentParser
import Iceberg
import Lake

extension LakeCommand {
  struct Maintain: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Merge small files, forget old snapshots, remove what nobody needs.",
      discussion: """
        Beside a running sink or not; sinks do it by themselves every hour. No row is changed and no offset forgotten. A query that reads an
        old snapshot must be done within --keep-for.

        Example: wick lake maintain --lake .wick/lake
        """)

    @Argument(help: "Tables, such as silver.candles (default all).")
    var tables: [String] = []

    @OptionGroup var lake: LakeOptions

    @Option(help: "Snapshots that stay, however old.")
    var keepSnapshots: Int = 20

    @Option(help: "Minutes for which snapshots stay, however many.")
    var keepFor: Int = 60

    @Option(help: "Mebibytes of a merged file.")
    var targetSize: Int = 128

    @Option(help: "Small files of a partition that are worth merging.")
    var minimumFiles: Int = 5

    @Option(help: "Hours after which files that nothing refers to are removed; longer than any commit takes.")
    var orphansAfter: Int = 24

    private var options: MaintenanceOptions {
      var options = MaintenanceOptions()
      options.keepSnapshots = keepSnapshots
      options.keepFor = .seconds(Int64(clamping: keepFor) * 60)
      options.targetBytes = Int64(clamping: targetSize) << 20
      options.minimumFiles = minimumFiles
      options.orphanAge = .seconds(Int64(clamping: orphansAfter) * 3600)
      return options
    }

    func validate() throws {
      for (name, value) in [("--keep-for", keepFor), ("--orphans-after", orphansAfter), ("--target-size", targetSize)] {
        guard (0...1_000_000).contains(value) else { throw ValidationError("\(name) takes a number up to 1000000.") }
      }
      if let complaint = options.complaint { throw ValidationError("That cannot be: \(complaint).") }
    }

    func run() throws {
      try Failure.reporting {
        let store = try LakeCommand.store(lake)
        let names = tables.isEmpty ? nil : try tables.map { try TableIdentifier($0) }
        for report in try LakeMaintenance(store, options).run(names) { show(report) }
      }
    }

    private func show(_ report: MaintenanceReport) {
      Terminal.say(
        "\(report.table)  \(report.filesBefore) → \(report.filesAfter) files  \(report.expired) snapshots forgotten, \(report.snapshots) left  \(report.removedFiles + report.orphans) files removed"
      )
      for note in report.notes { Terminal.say("note: \(report.table): \(note)") }
    }
  }
}
