import Columns
import Iceberg

/// Checks the tables of a lake against rules. Reads only the lake, and only its current snapshots.
///
///     let report = try QualityCheck(LakeStore(folder: "lake"), rules).run()
public struct QualityCheck {
  let store: LakeStore
  let reader: TableReader
  private let rules: QualityRules

  public init(_ store: LakeStore, _ rules: QualityRules) {
    self.store = store
    self.rules = rules
    reader = TableReader(store: store)
  }

  /// Blocks while it reads the tables. Throws `LakeError` when something cannot be read; what is wrong is in the report.
  public func run() throws -> QualityReport {
    do {
      var report = QualityReport()
      for rules in rules.tables { try check(rules, &report) }
      try ledgers(&report)
      return report
    } catch { throw LakeError.wrapping(error) }
  }

  private func check(_ rules: QualityRules.TableRules, _ report: inout QualityReport) throws {
    guard let table = try store.table(TableIdentifier(rules.table)) else {
      report.notes.append("there is no table \(rules.table)")
      return
    }
    try rows(of: table, rules, &report)
    if let complete = rules.complete { try completeness(of: table, complete, &report) }
  }

  /// Each rule on each row, and the key, in one reading of the table.
  private func rows(of table: Table, _ rules: QualityRules.TableRules, _ report: inout QualityReport) throws {
    let known = Set(table.metadata.schema.fields.map(\.name))
    let asked = rules.rules.reduce(into: Set(rules.key)) { $0.formUnion($1.holds.columns) }
    if let unknown = asked.subtracting(known).sorted().first {
      throw LakeError(
        .badInput, "A rule of \(rules.table) names \(unknown), which the table lacks", advice: "Correct governance/quality.yml")
    }
    let columns = rules.key + asked.subtracting(rules.key).sorted()
    var failures: [[String]] = rules.rules.map { _ in [] }
    var seen: Set<String> = []
    var twice: [String] = []
    var count: Int64 = 0
    try reader.read(table, columns: columns) { batch in
      count += Int64(batch.rowCount)
      let name = try batch.naming(rules.key.count)
      for (index, rule) in rules.rules.enumerated() { failures[index] += try rule.holds.failures(batch).map(name) }
      guard !rules.key.isEmpty else { return }
      for row in 0..<batch.rowCount {
        let key = name(row)
        if !seen.insert(key).inserted { twice.append(key) }
      }
    }
    for (rule, failed) in zip(rules.rules, failures) { report.add(rules.table, rule.name, examined: count, violations: failed) }
    if !rules.key.isEmpty { report.add(rules.table, "keys are unique", examined: count, violations: twice) }
  }

  /// Every table that a sink fills has the rows that its ledger counts.
  private func ledgers(_ report: inout QualityReport) throws {
    let tables = try store.catalog.tables(in: nil).sorted().compactMap { try store.table($0) }
    // Looked at after the others, so that it holds what they count even while a sink is at work.
    let invalid = try store.table(TopicTable.invalidTable).map { try reader.offsets($0) } ?? [:]
    for table in tables {
      let identifier = table.identifier
      let ledger = try OffsetLedger(of: table.metadata)
      guard !ledger.topics.isEmpty else { continue }
      let own = Set(ledger.topics.keys)
      var found = VerifyReport()
      let check = LedgerCheck(table: identifier.description, ledger: ledger)
      try check.check(history: table.metadata.ancestry.reversed(), into: &found)
      // Rows of other topics in the invalid table are accounted for by those topics' own ledgers.
      let isInvalid = identifier == TopicTable.invalidTable
      let rows = try reader.offsets(table)
      check.check(rows: rows, rejected: isInvalid ? [:] : invalid.filter { own.contains($0.key.topic) }, into: &found)
      report.add(
        identifier.description, "rows are those of the ledger", examined: found.examined["rows"] ?? 0,
        violations: found.findings.map(\.detail))
    }
  }
}

extension ColumnBatch {
  /// Names a row by its first columns, for people: texts, whole numbers and times.
  func naming(_ count: Int) throws -> (Int) -> String {
    let texts: [(Int) -> String] = try (0..<count).map { index in
      let column = columns[index]
      if case .codes(let codes, let dictionary) = column.values {
        return { column.isNull($0) ? "NULL" : dictionary.string(codes[$0]) }
      }
      let lane = try numbers(index)
      let isTime = column.type == .timestampMicros
      return { row in
        guard let value = lane.value(row) else { return "NULL" }
        return isTime ? "\(value) µs" : "\(value)"
      }
    }
    return { row in texts.map { $0(row) }.joined(separator: " ") }
  }
}
