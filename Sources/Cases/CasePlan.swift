import Contracts
import Formats
import JSON
import SQL

/// The statements of a case, planned.
struct CasePlan {
  /// The persistent queries, in the order of their statements.
  private(set) var plans: [QueryPlan] = []
  /// What CREATE STREAM and CREATE TABLE declare over topics, in the order of their statements.
  private(set) var sources: [SourcePlan] = []
  /// INSERT INTO … VALUES, in the order of their statements.
  private(set) var inserts: [InsertValues] = []
  /// SELECT as a statement, in the order of the statements.
  private(set) var questions: [CaseQuestion] = []

  init(_ test: TestCase) throws(CaseError) {
    var session = SQLSession(settings: Self.settings(test), schemas: CaseSchemaSource(test.topics))
    let file = SQLFile(name: test.name, text: test.statements.joined(separator: "\n"))
    do {
      for read in try session.read(file) { try take(read.statement) }
    } catch let error as SQLError {
      throw CaseError(error)
    } catch let error as CaseError {
      throw error
    } catch {
      throw .refused("\(error)")
    }
    try checkQuestions(test)
  }

  /// Properties that are settings of the language; those of ksqlDB's workings have no counterpart and no effect.
  private static func settings(_ test: TestCase) -> SQLSettings {
    var settings = SQLSettings()
    for (name, value) in test.properties { _ = settings.take(name, value) }
    return settings
  }

  /// Refuses questions without a word on their answers, which would pass whatever came.
  private func checkQuestions(_ test: TestCase) throws(CaseError) {
    guard !questions.isEmpty, test.expectedException == nil, test.answers == nil else { return }
    throw .unusable("a SELECT needs what it must answer: \"responses\"")
  }

  private mutating func take(_ statement: SQLStatement) throws(CaseError) {
    switch statement {
    case .declare(let source, _), .alter(let source):
      sources.removeAll { $0.name == source.name }
      sources.append(source)
    case .query(let plan, let replacing):
      if replacing, let index = plans.firstIndex(where: { $0.id == plan.id }) {
        plans[index] = plan
      } else {
        plans.append(plan)
      }
    case .insert(let insert): inserts.append(insert)
    case .drop(let drop): plans.removeAll { drop.terminates.contains($0.id) }
    case .control(.terminate, let query): plans.removeAll { query == nil || $0.id == query }
    case .unchanged, .set, .unset, .define, .undefine, .control, .show, .describe, .explain: break
    case .pull(let query): questions.append(.pull(query))
    case .push(let query): questions.append(.push(query))
    case .print: throw .refused("PRINT has no place in a case: its outputs say what must come")
    case .assert: throw .refused("ASSERT has no place in a case: its outputs say what must come")
    }
  }

  /// Topics that queries fill and none reads.
  var finalTopics: [String] {
    let read = Set(plans.map(\.source.topic) + plans.compactMap(\.join?.table.topic))
    return plans.map(\.sink.topic).filter { !read.contains($0) }
  }
}

/// Columns of the topics whose schemas a case gives.
private struct CaseSchemaSource: SchemaSource {
  private let topics: [CaseTopic]

  init(_ topics: [CaseTopic]) { self.topics = topics }

  func columns(topic: String, isKey: Bool, format: DataFormat, id: Int?) -> SchemaAnswer {
    guard let found = topics.first(where: { $0.name == topic }),
      let json = isKey ? found.keySchema : found.valueSchema, json != .null
    else { return .none }
    let declared = (isKey ? found.keyFormat : found.valueFormat)?.uppercased() ?? "AVRO"
    guard format == .avro, declared == "AVRO" else { return .unreadable("is of the format \(declared)") }
    do throws(ContractError) {
      let schema = try AvroSchema(json: json.text)
      switch AvroSchemaColumns.type(schema.root, schema) {
      case .structure(let members)?: return .columns(members)
      case let type?: return .value(type)
      case nil: return .unreadable("has a part that has no type in SQL")
      }
    } catch {
      return .unreadable("cannot be read: \(error.reason)")
    }
  }
}
