import ArgumentParser
import Foundation
import Lake

struct LakeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lake", abstract: "The tables of the lake.", subcommands: [Tables.self, Snapshots.self, Maintain.self])

  struct Tables: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tables with rows, files and where they are.", discussion: "Example: wick lake tables --lake .wick/lake")

    @OptionGroup var lake: LakeOptions

    func run() throws {
      try Failure.reporting {
        for table in try LakeCommand.open(lake).tables() {
          Terminal.say(
            "\(table.name)  \(Terminal.grouped(table.rows)) rows  \(table.dataFiles) files  \(Terminal.grouped(table.bytes)) bytes  \(table.snapshots) snapshots"
          )
          Terminal.say("  partitioned by \(table.partitioning)")
          Terminal.say("  \(table.metadataLocation)")
        }
      }
    }
  }

  struct Snapshots: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "A table's snapshots with the offsets each added.", discussion: "Example: wick lake snapshots silver.candles")

    @Argument(help: "Table, such as silver.candles.")
    var table: String

    @OptionGroup var lake: LakeOptions

    func run() throws {
      try Failure.reporting {
        for snapshot in try LakeCommand.open(lake).snapshots(of: table) {
          let time = Date(timeIntervalSince1970: Double(snapshot.timestampMillis) / 1000).formatted(.iso8601)
          Terminal.say(
            "\(snapshot.isCurrent ? "*" : " ") \(snapshot.id)  \(time)  \(snapshot.operation)  +\(Terminal.grouped(snapshot.addedRows)) = \(Terminal.grouped(snapshot.totalRows)) rows"
          )
          for offsets in snapshot.offsets { Terminal.say("    \(offsets)") }
        }
      }
    }
  }

  static func open(_ options: LakeOptions) throws -> LakeTables { LakeTables(try store(options)) }

  /// A lake that is there: a command that only looks makes none.
  static func store(_ options: LakeOptions) throws -> LakeStore {
    let folder = try options.folder()
    guard FileManager.default.fileExists(atPath: "\(folder)/catalog.db") else {
      throw Failure(.badInput, "\(folder) holds no lake (no catalog.db); name its folder with --lake.")
    }
    return try LakeStore(folder: folder)
  }
}
