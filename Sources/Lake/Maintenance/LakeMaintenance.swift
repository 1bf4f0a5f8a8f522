import CrashPoints
import Foundation
import Iceberg
import Logging
import Metrics
import Parquet

/// How a lake is kept small.
public struct MaintenanceOptions: Hashable, Sendable {
  /// So many snapshots of each table stay, however old.
  public var keepSnapshots = 20
  /// Younger snapshots stay, however many: a query that reads one must be done by then. The table property
  /// `history.expire.max-snapshot-age-ms` comes first.
  public var keepFor: Duration = .seconds(3600)
  /// The size of a compacted file, bytes.
  public var targetBytes: Int64 = 128 << 20
  /// Fewer small files of a partition are left as they are.
  public var minimumFiles = 5
  /// Files that no snapshot refers to are removed at this age. A commit under way has such files: it must be longer than any takes.
  public var orphanAge: Duration = .seconds(86_400)

  public init() {}

  /// Why they make no sense; nil where they do.
  public var complaint: String? {
    if keepSnapshots < 1 { return "at least one snapshot is kept" }
    if keepFor < .zero || orphanAge < .zero { return "ages are not negative" }
    if targetBytes < 1 << 20 { return "files have at least 1 MiB" }
    return minimumFiles < 2 ? "two files are the fewest that can be merged" : nil
  }
}

/// What maintenance did to one table.
public struct MaintenanceReport: Hashable, Sendable {
  public var table: TableIdentifier
  /// Data files before and after.
  public var filesBefore = 0
  public var filesAfter = 0
  /// Bytes of the files that were written anew.
  public var rewrittenBytes: Int64 = 0
  public var snapshots = 0
  /// Snapshots that were forgotten.
  public var expired = 0
  /// Files that were removed because only forgotten snapshots needed them.
  public var removedFiles = 0
  /// Files that were removed because nothing referred to them.
  public var orphans = 0
  /// What was left undone, and why.
  public var notes: [String] = []

  init(table: TableIdentifier) { self.table = table }
}

/// Keeps a lake small: merges small data files, forgets old snapshots, and removes the files that nobody needs any more.
///
/// May run beside sinks and other maintenance: each step is one commit, refused where the files it replaces are not there any more. The
/// ledger of offsets is a property of the table and is carried along, so exactness does not depend on any snapshot.
///
/// Owned by one thread; calls block.
public final class LakeMaintenance {
  private let store: LakeStore
  private let options: MaintenanceOptions
  private let logger: Logger
  private let committer: Committer

  public init(_ store: LakeStore, _ options: MaintenanceOptions = .init(), logger: Logger = Logger(label: "wick.lake")) {
    self.store = store
    self.options = options
    self.logger = logger
    committer = Committer(catalog: store.catalog, files: store.files)
  }

  /// Looks after tables, all of them where none is named, and tells what was done.
  ///
  /// - Throws: `LakeError`; what was done before stays done.
  public func run(_ tables: [TableIdentifier]? = nil) throws -> [MaintenanceReport] {
    do {
      return try (tables ?? store.catalog.tables(in: nil)).map(maintain)
    } catch { throw LakeError.wrapping(error) }
  }

  private func maintain(_ identifier: TableIdentifier) throws -> MaintenanceReport {
    var report = MaintenanceReport(table: identifier)
    let before = try committer.load(identifier)
    try compact(before, &report)
    let expired = try expire(identifier, &report)
    report.removedFiles = try expired.table.removeFiles(of: expired.expired, from: store.files)
    try sweep(identifier, &report)
    report.snapshots = try committer.load(identifier).metadata.snapshots.count
    tell(report)
    return report
  }

  // MARK: Compaction

  private func compact(_ table: Table, _ report: inout MaintenanceReport) throws {
    let files: [DataFile]
    do {
      files = try TableScan(table).files(store.files)
    } catch let error as IcebergError where error.code == .unsupported {
      report.notes.append(error.message)
      return
    }
    (report.filesBefore, report.filesAfter) = (files.count, files.count)
    let plan = CompactionPlan(
      files, specID: table.metadata.defaultSpecID, targetBytes: options.targetBytes, minimumFiles: options.minimumFiles)
    for group in plan.groups {
      do {
        let written = try rewrite(group, of: table)
        report.filesAfter += written.count - group.files.count
        report.rewrittenBytes += written.reduce(0) { $0 + $1.fileSize }
      } catch let error as IcebergError where [.requirementFailed, .commitConflict].contains(error.code) {
        report.notes.append("\(group.files.count) files stay as they are: \(error.message)")
      }
    }
  }

  /// Writes the rows of a group into new files, and puts them in its place.
  private func rewrite(_ group: CompactionPlan.Group, of table: Table) throws -> [DataFile] {
    var options = DataFileWriter.Options()
    options.openPartitions = 1
    let writer = try DataFileWriter(table: table, files: store.files, options: options)
    do {
      for file in ordered(group.files, table.metadata.schema) {
        let reader = try TableReader.open(file, store)
        for index in 0..<reader.rowGroupCount { try writer.write(try reader.readRowGroup(index)) }
      }
    } catch {
      try writer.discard()
      throw error
    }
    let files = try writer.finish()
    var commit = TableCommit(
      table: table.identifier, commitID: UUID().uuidString.lowercased(), files: files, summary: ["engine-name": "wick"])
    commit.replacing = group.files
    CrashPoint.hit("lake.compact")
    do {
      _ = try committer.commit([commit])
    } catch let error as IcebergError where [.requirementFailed, .commitConflict, .catalog, .invalid].contains(error.code) {
      // Of these it is certain that nothing refers to the new files.
      for file in files { try store.files.delete(file.path) }
      throw error
    }
    CrashPoint.hit("lake.compact", .after)
    return files
  }

  /// By time, so that the parts of the new file have narrow bounds.
  private func ordered(_ files: [DataFile], _ schema: Schema) -> [DataFile] {
    guard let field = TableTime.field(schema) else { return files.sorted { $0.path < $1.path } }
    func begin(_ file: DataFile) -> Int64 {
      guard case .timestamptz(let micros)? = file.bounds(of: field).lower else { return .min }
      return micros
    }
    return files.sorted { (begin($0), $0.path) < (begin($1), $1.path) }
  }

  // MARK: Expiry

  private func expire(_ identifier: TableIdentifier, _ report: inout MaintenanceReport) throws -> CommitResult {
    let metadata = try committer.load(identifier).metadata
    let age = metadata.properties["history.expire.max-snapshot-age-ms"].flatMap { Int64($0) } ?? options.keepFor.milliseconds
    let kept = metadata.properties["history.expire.min-snapshots-to-keep"].flatMap { Int($0) } ?? options.keepSnapshots
    var commit = TableCommit(table: identifier, commitID: UUID().uuidString.lowercased())
    commit.expiry = SnapshotExpiry(olderThanMillis: Self.now - age, keepLast: kept)
    guard let expiry = commit.expiry, !metadata.expiring(expiry).isEmpty else {
      return CommitResult(table: try committer.load(identifier), foundCommitted: false)
    }
    CrashPoint.hit("lake.expire")
    let results = try committer.commit([commit])
    CrashPoint.hit("lake.expire", .after)
    report.expired = results[0].expired.count
    return results[0]
  }

  private func sweep(_ identifier: TableIdentifier, _ report: inout MaintenanceReport) throws {
    do {
      let listed = try store.files.list(committer.load(identifier).metadata.location)
      let limit = Self.now - options.orphanAge.milliseconds
      report.orphans = try committer.load(identifier)
        .removeOrphans(among: listed, writtenBefore: limit, from: store.files).count
    } catch let error as IcebergError where error.code == .unsupported {
      report.notes.append(error.message)
    }
  }

  private static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

  private func tell(_ report: MaintenanceReport) {
    let name = report.table.description
    Counter(label: "wick_lake_compacted_files_total", dimensions: [("table", name)])
      .increment(by: Int64(max(0, report.filesBefore - report.filesAfter)))
    Counter(label: "wick_lake_expired_snapshots_total", dimensions: [("table", name)])
      .increment(by: Int64(report.expired))
    logger.debug(
      "maintained",
      metadata: [
        "table": "\(name)", "files": .stringConvertible(report.filesAfter), "snapshots": .stringConvertible(report.snapshots),
        "removed": .stringConvertible(report.removedFiles), "orphans": .stringConvertible(report.orphans),
      ])
  }
}

extension Duration {
  fileprivate var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
