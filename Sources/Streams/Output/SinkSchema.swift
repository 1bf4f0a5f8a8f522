import Columns
import Contracts
import Formats
import Foundation
import JSON
import SQL

/// Finds the schema a sink's values are written with, and registers it before anything is produced.
enum SinkSchema {
  /// In this order: the latest registered version of `<topic>-value`, if every field of it is a column of the projection or may
  /// be left out; the newest file of `contracts/<subject>/`; the contract of a sibling topic (`candles.1m` for `candles.90s`)
  /// that fits; a schema made from the plan. All but the first are registered.
  static func resolve(
    _ plan: QueryPlan, store: any SchemaStore, contracts: String?
  ) throws -> (id: Int32, schema: AvroSchema) {
    let subject = "\(plan.sink.topic)-value"
    if let id = plan.sink.options.valueSchemaID.flatMap({ Int32(exactly: $0) }) { return (id, try store.schema(id: id)) }
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

  /// The schema of keys in AVRO: the registered one, otherwise one made from the key columns, which is registered.
  static func resolveKey(_ plan: QueryPlan, store: any SchemaStore) throws -> (id: Int32, schema: AvroSchema) {
    let subject = "\(plan.sink.topic)-key"
    if let id = plan.sink.options.keySchemaID.flatMap({ Int32(exactly: $0) }) { return (id, try store.schema(id: id)) }
    if let latest = try store.latest(subject: subject) { return latest }
    let fields = plan.projection.map(\.field).filter(\.isKey)
    let name = plan.sink.options.keySchemaName ?? "io.confluent.ksql.avro_schemas.KsqlDataSourceSchemaKey"
    let text = AvroSchemaText.schema(of: fields, isWrapped: fields.count != 1, name: name).text
    let schema = try AvroSchema(json: text)
    return (try store.register(schema, subject: subject), schema)
  }

  /// Why rows of the projection cannot be written with `schema`; nil when they can.
  static func objection(to schema: AvroSchema, _ plan: QueryPlan) -> String? {
    // A bare value has no fields to compare.
    guard isWrapped(plan) else { return nil }
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

  /// Whether values are records, and not the bare value of a single column.
  static func isWrapped(_ plan: QueryPlan) -> Bool {
    plan.sink.options.wrapsSingleValue != false || plan.projection.count(where: { !$0.field.isKey }) != 1
  }

  /// ksqlDB's names and shapes: value columns in upper case, all optional. Key columns stay in the key.
  static func derived(_ plan: QueryPlan) -> String {
    let name = plan.sink.options.valueSchemaName ?? "io.confluent.ksql.avro_schemas.KsqlDataSourceSchema"
    let fields = plan.projection.map(\.field).filter { !$0.isKey }
    return AvroSchemaText.schema(of: fields, isWrapped: isWrapped(plan), name: name).text
  }
}
