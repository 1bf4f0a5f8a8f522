import Formats
import JSON
import SQL
import Values
import Windows

/// A SELECT among the statements of a case: asked when all inputs have gone through.
enum CaseQuestion {
  case pull(PullQuery)
  case push(PushQuery)

  /// What is asked.
  var source: SourcePlan {
    switch self {
    case .pull(let query): query.source
    case .push(let query): query.plan.source
    }
  }

  /// The table that records of the source are joined with.
  var table: SourcePlan? {
    if case .push(let query) = self { query.plan.join?.table } else { nil }
  }

  /// The columns of the answer.
  var fields: [Field] {
    switch self {
    case .pull(let query): query.projection.map(\.field)
    // Rows that come have no key of their own.
    case .push(let query): query.plan.projection.map { Field(name: $0.field.name, type: $0.field.type) }
    }
  }

  /// The rows of the answer, given the records of the source's topic, those of a joined table among them.
  func rows(
    _ records: [(record: StoredRecord, isTable: Bool)], _ schemas: CaseSchemas
  ) throws(CaseError) -> [[Value]] {
    switch self {
    case .pull(let query): return try Self.pull(query, records.map(\.record), schemas)
    case .push(let query): return try Self.push(query, records, schemas)
    }
  }

  private static func pull(
    _ query: PullQuery, _ records: [StoredRecord], _ schemas: CaseSchemas
  ) throws(CaseError) -> [[Value]] {
    let reader = SourceReader(query.source, try TopicCodec(query.source, schemas: schemas))
    let table = QueryableTable(query.source)
    let keys = query.source.keyColumns
    var stream: [TableRow] = []
    do throws(WindowsError) {
      for record in records {
        // What cannot be read is no row.
        guard let row = try? reader.row(record) else { continue }
        let window = row.window.map { WindowSpan(start: $0.start * 1000, end: $0.end * 1000) }
        let entry = TableRow(values: row.values, window: window, time: record.timestamp * 1000)
        if !query.source.isTable {
          stream.append(entry)
        } else if row.isTombstone {
          table.remove(key: keys.map { row.values[$0] }, window: window)
        } else if !row.isKeyNull {
          try table.put(entry)
        }
      }
      return try query.source.isTable ? table.answer(query) : query.answer(from: stream)
    } catch {
      throw CaseError(error)
    }
  }

  /// Runs the query as if it filled a topic of JSON, up to its LIMIT.
  private static func push(
    _ query: PushQuery, _ records: [(record: StoredRecord, isTable: Bool)], _ schemas: CaseSchemas
  ) throws(CaseError) -> [[Value]] {
    var plan = query.plan
    (plan.sink.keyFormat, plan.sink.valueFormat) = (.none, .json)
    // What is shown of a windowed table are its changes, each as it comes.
    if plan.source.window != nil { plan.source.isTable = false }
    for index in plan.projection.indices { plan.projection[index].field.isKey = false }
    let run = try CaseQuery(plan, rollUps: [], schemas: schemas, restarts: false)
    let reader = SourceReader(query.plan.source, try TopicCodec(query.plan.source, schemas: schemas))
    var rows: [[Value]] = []
    do throws(FormatError) {
      let codec = try RowCodec(.json, fields: plan.projection.map(\.field), side: .value)
      for (record, isTable) in records {
        if !isTable, let row = deletion(record, query.plan, reader) {
          if rows.count == query.limit { return rows }
          rows.append(row)
          continue
        }
        var output = CaseQuery.Output()
        do throws(CaseError) {
          if isTable { try run.processTable(record) } else { output = try run.process(record) }
        } catch {
          throw FormatError(.unsupported, error.description)
        }
        for written in output.written {
          if rows.count == query.limit { return rows }
          // A record without a value is no row.
          if let row = try codec.decode(written.record.value) { rows.append(row) }
        }
      }
    } catch {
      throw CaseError(error)
    }
    return rows
  }
}

extension CaseQuestion {
  /// What a reader of a table's changes is told of a row that is deleted: its key, and NULL for all else.
  private static func deletion(_ record: StoredRecord, _ plan: QueryPlan, _ reader: SourceReader) -> [Value]? {
    guard record.value == nil, plan.source.isTable, plan.aggregation == nil, plan.filter == nil, plan.join == nil,
      let row = try? reader.row(record), !row.isKeyNull
    else { return nil }
    return plan.deletion(row.values, window: row.window)
  }
}

/// Compares answers with what a case expects of them.
struct AnswerComparison {
  /// Whether rows must come in the order of the case.
  var verifiesOrder: Bool

  /// The first difference, in one line; nil when there is none.
  func difference(_ number: Int, _ expected: CaseAnswer, _ fields: [Field], _ rows: [[Value]]) -> String? {
    let place = "answer \(number)"
    if let schema = expected.schema, schema != fields.schemaText {
      return "\(place): expected the columns \(schema), got \(fields.schemaText)"
    }
    var got = rows.map { row in zip(row, fields).map { $0.json(as: $1.type, times: .texts) } }
    for (index, wanted) in expected.rows.enumerated() {
      let found = verifiesOrder ? got.indices.first : got.firstIndex { matches(wanted, $0, fields) }
      guard let found, matches(wanted, got[found], fields) else {
        let left = got.first.map { JSONValue.array($0).text } ?? "nothing"
        return "\(place): expected row \(index + 1) \(JSONValue.array(wanted).text), got \(left)"
      }
      got.remove(at: found)
    }
    return got.first.map { "\(place): expected nothing more, got \(JSONValue.array($0).text)" }
  }

  private func matches(_ expected: [JSONValue], _ got: [JSONValue], _ fields: [Field]) -> Bool {
    guard expected.count == got.count else { return false }
    return zip(zip(expected, got), fields).allSatisfy { ValueMatch().matches($0.0, $0.1, $1.type) }
  }
}
