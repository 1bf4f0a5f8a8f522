import CrashPoints

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Commits appends, replacements, expiries and property changes to one or several tables at once.
///
/// Files are written and durable before the catalog's pointers move. A definite conflict is replayed on fresh metadata; after any
/// other failure the outcome counts as unknown, and the tables' history is searched for the commit's own id before anything is
/// repeated. Files are deleted only when it is certain that nothing refers to them.
///
/// Owned by one thread at a time; calls block.
public final class Committer {
  /// How often and how patiently a commit is tried again.
  public struct Options: Sendable {
    public var attempts = 20
    /// The longest wait before a retry, in milliseconds; waits double from 10 ms and are spread at random.
    public var longestWaitMillis = 2_000

    public init() {}
  }

  public let catalog: any Catalog
  public let files: any FileStore
  private let options: Options
  private var loaded: [TableIdentifier: Table] = [:]

  public init(catalog: any Catalog, files: any FileStore, options: Options = Options()) {
    self.catalog = catalog
    self.files = files
    self.options = options
  }

  /// The current state of a table; its metadata is read again only when the pointer has moved.
  public func load(_ identifier: TableIdentifier) throws -> Table {
    let location = try catalog.metadataLocation(of: identifier)
    if let table = loaded[identifier], table.metadataLocation == location { return table }
    let metadata = try TableMetadata(parsing: try files.read(location))
    let table = Table(identifier: identifier, metadataLocation: location, metadata: metadata)
    loaded[identifier] = table
    return table
  }

  /// Carries out all `commits` (of different tables), or none.
  ///
  /// Throws `IcebergError.requirementFailed` (from `amend`) when a table is not as expected, `.commitConflict` when others
  /// kept winning, `.commitStateUnknown` when the outcome could not be found out: then only the tables themselves can tell.
  public func commit(_ commits: [TableCommit]) throws -> [CommitResult] {
    guard Set(commits.map(\.table)).count == commits.count else {
      throw IcebergError(.invalid, "a commit names one table twice.")
    }
    let drafts = commits.map { CommitDraft(commit: $0) }
    var unknown = false
    var last = IcebergError(.commitConflict, "the commit was never tried.")
    for attempt in 0..<max(1, options.attempts) {
      if attempt > 0 { wait(attempt) }
      do {
        return try tryOnce(drafts, attempt: attempt)
      } catch let error as IcebergError where error.code == .commitStateUnknown {
        unknown = true
        last = error
      } catch let error as IcebergError where [.commitConflict, .catalog].contains(error.code) {
        last = error
      } catch {
        guard unknown else { throw error }
        throw IcebergError(.commitStateUnknown, "after a commit of unknown outcome the tables could not be checked: \(error)")
      }
    }
    throw unknown ? IcebergError(.commitStateUnknown, last.message) : last
  }

  private func wait(_ attempt: Int) {
    let longest = min(options.longestWaitMillis, 10 << min(attempt, 10))
    usleep(UInt32(Int.random(in: 0...longest) * 1000))
  }

  private func tryOnce(_ drafts: [CommitDraft], attempt: Int) throws -> [CommitResult] {
    let bases = try drafts.map { try load($0.commit.table) }
    if let found = try resultsIfCommitted(drafts, bases) { return found }
    var steps: [PreparedStep] = []
    do {
      for (draft, base) in zip(drafts, bases) { steps.append(try draft.prepare(base, attempt: attempt, files: files)) }
      CrashPoint.hit("lake.swap")
      try catalog.swap(
        steps.map { PointerSwap(table: $0.base.identifier, expected: $0.base.metadataLocation, replacement: $0.location) })
      CrashPoint.hit("lake.swap", .after)
    } catch let error as IcebergError where error.code != .commitStateUnknown {
      // Nothing can refer to the files of an attempt that was refused, nor to those written before it got as far as the catalog.
      for file in steps.flatMap(\.replaceable) { try? files.delete(file) }
      // A snapshot that was forgotten meanwhile takes its files along: what was followed is not the table any more.
      guard error.code == .notFound, bases.contains(where: isOutdated) else { throw error }
      throw IcebergError(.commitConflict, error.message)
    }
    return steps.map(finish)
  }

  /// Whether the commit is in the tables already. All tables change in one swap, so one that has it speaks for all.
  private func resultsIfCommitted(_ drafts: [CommitDraft], _ bases: [Table]) throws -> [CommitResult]? {
    let found = zip(drafts, bases).map { draft, base in base.metadata.snapshot(commitID: draft.commit.commitID) }
    guard found.contains(where: { $0 != nil }) else { return nil }
    return zip(bases, found).map { base, snapshot in
      CommitResult(table: base, snapshotID: snapshot?.id, foundCommitted: true)
    }
  }

  private func isOutdated(_ base: Table) -> Bool {
    (try? catalog.metadataLocation(of: base.identifier)) != base.metadataLocation
  }

  private func finish(_ step: PreparedStep) -> CommitResult {
    let table = Table(identifier: step.base.identifier, metadataLocation: step.location, metadata: step.metadata)
    loaded[table.identifier] = table
    if step.metadata.properties[TableProperty.deleteAfterCommit] == "true" {
      // A file that stays is only litter; the commit has succeeded whatever becomes of it.
      for file in step.droppedMetadata {
        CrashPoint.hit("iceberg.litter")
        try? files.delete(file)
        CrashPoint.hit("iceberg.litter", .after)
      }
    }
    return CommitResult(table: table, snapshotID: step.snapshotID, expired: step.expired, foundCommitted: false)
  }
}
