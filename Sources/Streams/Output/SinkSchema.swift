import Columns
import Contracts
import Foundation
import SQL
import Windows

/// Finds the schema a sink's values are written with, and registers it before anything is produced.
enum SinkSchema {
  /// In this order: the latest registered version of `<topic>-value`, if every field of it is a column of the projection or may
  /// be left out; the newest file of `contracts/<subject>/`; the contract of a sibling topic (`candles.1m` for `candles.90s`)
  /// that fits; a schema made from the plan. All but the first are registered.
  static func resolve(
    _ plan: QueryPlan, store: any SchemaStore, contracts: String?
  ) throws -> (id: Int32, schema: AvroSchema) {
    let subject = "\(plan.sink.topic)-value"
    var refusals: [String] = []
    if let latest = try store.latest(subject: subject) {
      if let objection = objection(to: latest.schema, plan) {
        refusals.append("the registered version does not fit: \(objection)")
      } else {
        return latest
      }
    }
    if let contracts, let schema = try newestFile(subject, in: contracts) {
      if let objection = objection(to: schema, plan) {
        throw StreamsError(
          .badInput, "The contract \(subject) does not fit the query \(plan.id): \(objection)",
          advice: "Select the missing columns, or add a version to \(contracts)/\(subject)")
      }
      return (try store.register(schema, subject: subject), schema)
    }
    if refusals.isEmpty, let contracts, let schema = try siblingFile(plan, in: contracts) {
      return (try store.register(schema, subject: subject), schema)
    }
    if !refusals.isEmpty {
      throw StreamsError(
        .badInput, "The subject \(subject) does not fit the query \(plan.id): \(refusals.joined(separator: "; "))",
        advice: "Select the missing columns, or register a version that fits")
    }
    let schema = try AvroSchema(json: derived(plan))
    return (try store.register(schema, subject: subject), schema)
  }

  /// Why rows of the projection cannot be written with `schema`; nil when they can.
  static func objection(to schema: AvroSchema, _ plan: QueryPlan) -> String? {
    guard let fields = try? schema.recordFields() else { return "it is not a record" }
    let columns = Set(plan.projection.map { $0.field.name.lowercased() })
    var used: Set<String> = []
    for field in fields {
      if columns.contains(field.name.lowercased()) {
        used.insert(field.name.lowercased())
      } else if !AvroColumnRequest.isNullable(field.type) {
        return "no column is named \(field.name)"
      }
    }
    // A key column may live in the key alone; a value column that no field takes would be dropped in silence.
    let dropped = plan.projection.first { !$0.field.isKey && !used.contains($0.field.name.lowercased()) }
    return dropped.map { "it has no field for the column \($0.field.name)" }
  }

  /// Topics of one family, such as candles of any interval, share a shape: a new member takes it from the others.
  private static func siblingFile(_ plan: QueryPlan, in folder: String) throws -> AvroSchema? {
    guard let dot = plan.sink.topic.firstIndex(of: "."),
      let subjects = try? FileManager.default.contentsOfDirectory(atPath: folder)
    else { return nil }
    let family = plan.sink.topic[...dot]
    for subject in subjects.sorted() where subject.hasPrefix(family) && subject.hasSuffix("-value") {
      if let schema = try newestFile(subject, in: folder), objection(to: schema, plan) == nil { return schema }
    }
    return nil
  }

  /// The highest version in the folder of `subject`; nil when there is none.
  static func newestFile(_ subject: String, in folder: String) throws -> AvroSchema? {
    let directory = URL(fileURLWithPath: folder).appendingPathComponent(subject)
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory.path) else { return nil }
    let versions = names.compactMap { $0.hasSuffix(".avsc") ? Int($0.dropLast(5)) : nil }
    guard let newest = versions.max() else { return nil }
    let file = directory.appendingPathComponent("\(newest).avsc")
    do {
      return try AvroSchema(json: String(contentsOf: file, encoding: .utf8))
    } catch {
      throw StreamsError(.badInput, "\(file.path) cannot be read: \(StreamsError.wrapping(error).reason)")
    }
  }

  /// ksqlDB's names and shapes: value columns in upper case, all optional. Key columns stay in the key.
  static func derived(_ plan: QueryPlan) -> String {
    let fields = plan.projection.filter { !$0.field.isKey }.map { output in
      """
      {"name":"\(output.field.name)","type":["null",\(avro(output.field.type))],"default":null}
      """
    }
    return """
      {"type":"record","name":"KsqlDataSourceSchema","namespace":"io.confluent.ksql.avro_schemas",\
      "fields":[\(fields.joined(separator: ","))]}
      """
  }

  private static func avro(_ type: SQLType) -> String {
    switch type {
    case .boolean: "\"boolean\""
    case .integer: "\"int\""
    case .bigint: "\"long\""
    case .double: "\"double\""
    case .string: "\"string\""
    case .bytes: "\"bytes\""
    case .timestamp: "{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}"
    case .date: "{\"type\":\"int\",\"logicalType\":\"date\"}"
    case .time: "{\"type\":\"long\",\"logicalType\":\"time-micros\"}"
    case .decimal(let precision, let scale):
      "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":\(precision),\"scale\":\(scale)}"
    case .array(let element): "{\"type\":\"array\",\"items\":[\"null\",\(avro(element))]}"
    case .map(_, let value): "{\"type\":\"map\",\"values\":[\"null\",\(avro(value))]}"
    case .structure(let members):
      "{\"type\":\"record\",\"name\":\"S\",\"fields\":[\(members.map { "{\"name\":\"\($0.name)\",\"type\":[\"null\",\(avro($0.type))],\"default\":null}" }.joined(separator: ","))]}"
    }
  }
}
