import Columns
import Formats
import SQL
import Values
import Windows

/// A query of a case over the one partition of its source, together with the queries that merge its windows: each record is a
/// batch of its own, with a commit after it.
final class CaseQuery {
  /// What a record led to.
  struct Output {
    /// By topic.
    var written: [(topic: String, record: StoredRecord)] = []
    /// Whether the record missed every window that it belongs to.
    var isLate = false
    /// Why no query can use the record.
    var invalid: String?
  }

  /// The query itself first.
  let members: [CaseMember]
  var plan: QueryPlan { members[0].plan }
  private let source: SourceReader
  private let table: SourceReader?
  private let restarts: Bool
  private var engines: CaseEngines
  private var offset: Int64 = 0

  /// - Parameters:
  ///   - rollUps: queries that merge the windows of `plan`, each after the one it reads.
  ///   - restarts: whether the engines are thrown away after each record and restored from what was committed.
  init(_ plan: QueryPlan, rollUps: [QueryPlan], schemas: CaseSchemas, restarts: Bool) throws(CaseError) {
    var members: [CaseMember] = []
    for plan in [plan] + rollUps { members.append(try CaseMember(plan, sink: TopicCodec(plan, schemas: schemas))) }
    self.members = members
    source = SourceReader(plan.source, try TopicCodec(plan.source, schemas: schemas))
    table = try plan.join.map { join throws(CaseError) in SourceReader(join.table, try TopicCodec(join.table, schemas: schemas)) }
    self.restarts = restarts
    engines = try CaseEngines(members)
  }

  /// Takes a record of the table that the query joins with.
  func processTable(_ record: StoredRecord) throws(CaseError) {
    guard let table, let rows = engines.table else { return }
    do {
      var row = try table.row(record)
      if row.isTombstone { row.values = row.values.enumerated().map { table.isKey($0) ? $1 : .null } }
      _ = try rows.apply(try table.batch(row), isDeletion: [row.isTombstone])
    } catch let error as WindowsError {
      throw CaseError(error)
    } catch {
      // A row that cannot be read is no row.
      return
    }
    try commit()
  }

  func process(_ record: StoredRecord) throws(CaseError) -> Output {
    defer { offset += 1 }
    var row: SourceReader.Row
    let batch: ColumnBatch
    do { row = try source.row(record) } catch { return Output(invalid: error.reason) }
    if row.isTombstone, plan.source.isTable { row.values = row.values.enumerated().map { source.isKey($0) ? $1 : .null } }
    do { batch = try source.batch(row) } catch { return Output(invalid: error.description) }
    let output: Output
    do throws(WindowsError) {
      output = try run(batch, row, record)
    } catch {
      throw CaseError(error)
    }
    try commit()
    return output
  }

  private func run(
    _ batch: ColumnBatch, _ row: SourceReader.Row, _ record: StoredRecord
  ) throws(WindowsError) -> Output {
    let staged = try engines.stage.process(
      batch, offsets: [offset], timestamps: [time(record)], keyIsNull: [row.isKeyNull],
      windows: row.window.map { ([$0.start * 1000], [$0.end * 1000]) },
      deletions: plan.source.isTable || row.isTombstone ? [row.isTombstone] : nil)
    var output = Output()
    if let rejected = staged.rejected.first, rejected.reason != .duplicate { output.invalid = rejected.reason.rawValue }
    let result = try engines.engines[0].process(staged)
    if !result.failed.isEmpty { output.invalid = "\(RejectReason.overflow.rawValue): a value cannot be computed exactly" }
    if !result.nullKeys.isEmpty { output.invalid = "\(RejectReason.nullKey.rawValue): the key, or a column of GROUP BY, is NULL" }
    if !result.withoutValue.isEmpty { output.invalid = "undecodable: the record has no value" }
    output.isLate = result.late.contains(where: \.isDropped)
    if let rows = result.projected {
      for index in 0..<rows.rowCount {
        let window = row.window.map { (start: $0.start, end: $0.end) }
        output.written += members[0].written(
          rows, index, at: result.projectedTimes[index], record,
          isTombstone: result.projectedDeletions.isEmpty ? false : result.projectedDeletions[index], window: window,
          isKeyNull: row.isKeyNull)
      }
    }
    for (member, engine) in zip(members, engines.engines) {
      if let emission = engine.closeDue() { output.written += member.written(emission, record) }
    }
    return output
  }

  /// Microseconds; -1 where there is none, which the stage refuses.
  private func time(_ record: StoredRecord) -> Int64 {
    let (micros, overflow) = record.timestamp.multipliedReportingOverflow(by: 1000)
    return overflow ? -1 : micros
  }

  private func commit() throws(CaseError) {
    engines.commit()
    if restarts { engines = try CaseEngines(members, restoring: engines.state) }
  }
}
