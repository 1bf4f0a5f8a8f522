import Formats
import JSON
import SQL
import Values
import Windows

/// Runs cases on the planner and engine that queries run on, without a broker: topics are lists in memory, with one partition.
///
/// Inputs go in in the listed order, one record per batch with a commit after each, so that EMIT CHANGES gives one row per
/// record. Queries run in the order of their statements; each reads what the ones before it wrote.
public struct CaseRunner: Sendable {
  /// Whether each engine is thrown away after each record and restored from what it had committed: results must be the same.
  public var restarts = false

  public init() {}

  /// What becomes of a case, under the name of its file, with what was refused on the way.
  public func result(of test: TestCase, in file: String) -> CaseResult {
    var notes: [String] = []
    let outcome = run(test, &notes)
    return CaseResult(file: file, name: test.name, outcome: outcome, notes: notes)
  }

  public func run(_ test: TestCase) -> CaseOutcome {
    var notes: [String] = []
    return run(test, &notes)
  }

  private func run(_ test: TestCase, _ notes: inout [String]) -> CaseOutcome {
    if let reason = test.skipReason { return .skipped(reason: reason) }
    do throws(CaseError) {
      var world = try CaseWorld(test)
      try world.run(restarts: restarts)
      notes = world.notes
      if test.expectedException != nil { return .failed(reason: "expected a refusal, but the statements were accepted") }
      if let difference = try world.difference(test) { return .failed(reason: difference) }
      if let difference = try world.differenceOfAnswers(test) { return .failed(reason: difference) }
      return .passed(refusal: nil)
    } catch {
      guard test.expectedException != nil, case .refused(let reason) = error else {
        return .failed(reason: error.description)
      }
      return .passed(refusal: reason)
    }
  }
}

/// The topics and queries of one case.
private struct CaseWorld {
  private let plan: CasePlan
  private let schemas: CaseSchemas
  private var codecs: [String: TopicCodec] = [:]
  /// What each topic holds, in the order in which it was written.
  private var logs: [String: [StoredRecord]] = [:]
  private var rejected: [String: [ProducedRecord]] = [:]
  /// Which records were refused, and why, in the order of the queries.
  private(set) var notes: [String] = []

  init(_ test: TestCase) throws(CaseError) {
    plan = try CasePlan(test)
    schemas = try CaseSchemas(test.topics)
    for source in plan.sources + plan.plans.map(\.source) where codecs[source.topic] == nil {
      codecs[source.topic] = try TopicCodec(source, schemas: schemas)
    }
    for query in plan.plans where codecs[query.sink.topic] == nil {
      codecs[query.sink.topic] = try TopicCodec(query, schemas: schemas)
    }
    for source in plan.questions.flatMap({ [$0.source, $0.table].compactMap(\.self) }) where codecs[source.topic] == nil {
      codecs[source.topic] = try TopicCodec(source, schemas: schemas)
    }
    for insert in plan.inserts { try add(insert) }
    for (index, input) in test.inputs.enumerated() { try add(input, number: index + 1) }
  }

  private mutating func add(_ insert: InsertValues) throws(CaseError) {
    let codec: TopicCodec
    if let known = codecs[insert.target.topic] {
      codec = known
    } else {
      codec = try TopicCodec(insert.target, schemas: schemas)
    }
    let values = try ConstantRow.values(insert.values + (insert.rowTime.map { [$0] } ?? []))
    let fields = insert.target.columns
    do throws(FormatError) {
      var record = StoredRecord(
        key: try codec.key.encode(insert.target.keyColumns.map { values[$0] }),
        value: try codec.value.encode(fields.indices.filter { !fields[$0].isKey }.map { values[$0] }), timestamp: 0)
      if insert.rowTime != nil, case .bigint(let time)? = values.last { record.timestamp = time }
      logs[insert.target.topic, default: []].append(record)
    } catch {
      throw .refused("INSERT INTO \(insert.target.name): \(error.reason)")
    }
  }

  private mutating func add(_ input: CaseRecord, number: Int) throws(CaseError) {
    guard let codec = codecs[input.topic] else {
      throw .unusable("input \(number) is for \(input.topic), which no statement declares")
    }
    do throws(FormatError) {
      var record = try codec.stored(input)
      (record.cause, record.input) = (number, input)
      logs[input.topic, default: []].append(record)
    } catch {
      throw .unusable("input \(number) for \(input.topic): \(error.reason)")
    }
  }

  mutating func run(restarts: Bool) throws(CaseError) {
    for plan in plan.plans where plan.rollUp == nil {
      let query = try CaseQuery(plan, rollUps: rollUps(of: plan.id), schemas: schemas, restarts: restarts)
      for (record, isTable) in feed(plan.source, joinedWith: plan.join?.table) {
        if isTable { try query.processTable(record) } else { try process(record, query) }
      }
    }
  }

  /// The records that a query reads, those of a joined table among them in the order of the inputs.
  private func feed(_ source: SourcePlan, joinedWith table: SourcePlan?) -> [(record: StoredRecord, isTable: Bool)] {
    let own = (logs[source.topic] ?? []).map { (record: $0, isTable: false) }
    guard let table else { return own }
    let merged = (logs[table.topic] ?? []).map { (record: $0, isTable: true) } + own
    return merged.enumerated().sorted { a, b in
      (a.element.record.cause, a.offset) < (b.element.record.cause, b.offset)
    }.map(\.element)
  }

  /// The queries that merge the windows of this one, directly or not, each after the one it reads.
  private func rollUps(of id: String) -> [QueryPlan] {
    var found: Set<String> = [id]
    return plan.plans.filter { plan in
      guard let base = plan.rollUp?.query, found.contains(base) else { return false }
      found.insert(plan.id)
      return true
    }
  }

  private mutating func process(_ record: StoredRecord, _ query: CaseQuery) throws(CaseError) {
    let output = try query.process(record)
    for (topic, written) in output.written {
      if let refusal = written.refusal {
        try refuse(written, topic, query, refusal)
      } else {
        logs[topic, default: []].append(written)
      }
    }
    guard output.isLate || output.invalid != nil else { return }
    note(record, output.isLate ? RejectReason.late.rawValue : output.invalid ?? "")
    let topic = output.isLate ? query.plan.sink.lateTopic : query.plan.source.invalidTopic
    rejected[topic, default: []].append(shown(record, of: query.plan.source.topic))
  }

  /// A row that its sink's formats cannot hold: an error record with its key, as the pipeline writes it.
  private mutating func refuse(
    _ written: StoredRecord, _ topic: String, _ query: CaseQuery, _ refusal: String
  ) throws(CaseError) {
    do throws(FormatError) {
      var shown = try query.members[0].sink.produced(written)
      shown.value = .null
      rejected[topic, default: []].append(shown)
    } catch {
      throw CaseError(error)
    }
    note(written, refusal)
  }

  private mutating func note(_ record: StoredRecord, _ reason: String) {
    notes.append(record.cause > 0 ? "input \(record.cause): \(reason)" : reason)
  }

  /// A refused record as a case writes it: an input as it stands there, what cannot be read as the text that its bytes are.
  private func shown(_ record: StoredRecord, of topic: String) -> ProducedRecord {
    if let input = record.input {
      return ProducedRecord(key: input.key, value: input.value, timestamp: record.timestamp, window: input.window)
    }
    if let codec = codecs[topic], let readable = try? codec.produced(record) { return readable }
    return ProducedRecord(
      key: .null, value: .string(String(decoding: record.value ?? [], as: UTF8.self)), timestamp: record.timestamp)
  }

  func differenceOfAnswers(_ test: TestCase) throws(CaseError) -> String? {
    let comparison = AnswerComparison(verifiesOrder: test.verifiesOrder)
    let expected = test.answers ?? []
    for (index, question) in plan.questions.enumerated() {
      guard index < expected.count else { return "question \(index + 1) has no answer among the responses" }
      let rows = try question.rows(feed(question.source, joinedWith: question.table), schemas)
      if let difference = comparison.difference(index + 1, expected[index], question.fields, rows) { return difference }
    }
    return expected.count > plan.questions.count ? "there are more responses than questions" : nil
  }

  func difference(_ test: TestCase) throws(CaseError) -> String? {
    // A case with answers says of topics only what it lists.
    let finalTopics = test.answers == nil ? plan.finalTopics : []
    var produced = rejected
    let wanted = Set(test.outputs.map(\.topic) + plan.finalTopics)
    for (topic, records) in logs where wanted.contains(topic) {
      guard let codec = codecs[topic] else { continue }
      var shown: [ProducedRecord] = []
      for record in records {
        do throws(FormatError) { shown.append(try codec.produced(record)) } catch {
          throw .unusable("a record of \(topic) cannot be read: \(error.reason)")
        }
      }
      produced[topic] = (produced[topic] ?? []) + shown
    }
    let comparison = CaseComparison(shapes: codecs.mapValues(\.shape))
    return comparison.difference(expected: test.outputs, produced: produced, finalTopics: finalTopics)
  }
}
