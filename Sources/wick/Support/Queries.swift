import Columns
import Foundation
import Iceberg
import Lake
import Market
import SQL

/// The persistent queries of some SQL files, and what follows from them for the other stages.
struct Queries {
  let plans: [QueryPlan]
  let files: [SQLFile]

  /// Reads files and folders (their `*.sql` in name order).
  init(paths: [String]) throws {
    files = try Self.texts(paths: paths)
    guard !files.isEmpty else { throw Failure(.badInput, "No .sql file in \(paths.joined(separator: ", ")).") }
    plans = try SQLProgram(files: files).plans
    guard !plans.isEmpty else { throw Failure(.badInput, "The files hold no persistent query (CREATE TABLE … AS SELECT).") }
  }

  /// The texts of files and folders (their `*.sql` in name order).
  static func texts(paths: [String]) throws -> [SQLFile] {
    var files: [SQLFile] = []
    for path in paths.isEmpty ? [Defaults.queries] : paths { files += try Self.files(path) }
    return files
  }

  /// The text of one file.
  static func text(path: String) throws -> String {
    guard FileManager.default.fileExists(atPath: path) else { throw Failure(.badInput, "\(path) does not exist.") }
    return try file(path).text
  }

  private static func files(_ path: String) throws -> [SQLFile] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw Failure(.badInput, "\(path) does not exist; name a .sql file or a folder of them.")
    }
    guard isFolder.boolValue else { return [try file(path)] }
    let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".sql") }
    return try names.sorted().map { try file("\(path)/\($0)") }
  }

  private static func file(_ path: String) throws -> SQLFile {
    guard let data = FileManager.default.contents(atPath: path) else { throw Failure(.badInput, "\(path) cannot be read.") }
    return try SQLFile(name: path, bytes: Array(data))
  }

  /// Every topic these queries read or write, with the table it becomes.
  var mappings: [TopicTable] {
    var seen: Set<String> = []
    var tables: [TopicTable] = []
    func add(_ table: TopicTable) {
      if seen.insert(table.topic).inserted { tables.append(table) }
    }
    for plan in plans {
      add(Self.sourceMapping(of: plan))
      add(mapping(of: plan))
      if plan.aggregation != nil {
        add(TopicTable(topic: plan.sink.lateTopic, table: .init("bronze", "late"), kind: .rejects))
      }
      add(TopicTable(topic: plan.source.invalidTopic, table: TopicTable.invalidTable, kind: .rejects))
    }
    return tables
  }

  // A stream of the shape of trades is trades, whatever its topic's name.
  private static func sourceMapping(of plan: QueryPlan) -> TopicTable {
    let columns = Set(plan.source.columns.map { $0.name.lowercased() })
    guard columns.isSuperset(of: Trade.columns) else { return .standard(topic: plan.source.topic) }
    return TopicTable(topic: plan.source.topic, table: .init("bronze", "trades"), kind: .trades)
  }

  // A table of the shape of a candle is one, whatever its interval; anything else named candles.* gets a table of its own.
  private func mapping(of plan: QueryPlan) -> TopicTable {
    let keys = plan.projection.filter(\.field.isKey).compactMap { output in
      Self.keyType(output.field.type).map { TopicTable.KeyColumn(name: output.field.name.lowercased(), type: $0) }
    }
    let standard = TopicTable.standard(topic: plan.sink.topic, keyColumns: keys, isWindowed: plan.aggregation != nil)
    guard case .candles = standard.kind, !Candle.isDescribed(by: plan.projection.map(\.field.name)) else { return standard }
    let name = plan.sink.topic.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
    return TopicTable(
      topic: plan.sink.topic, table: .init("silver", String(name)),
      kind: .values(keyColumns: keys, isWindowed: plan.aggregation != nil))
  }

  private static func keyType(_ type: SQLType) -> ColumnType? {
    switch type {
    case .string: .string
    case .integer: .int32
    case .bigint: .int64
    default: nil
    }
  }

  /// The candle queries `verify` can recompute: tumbling, final, without WHERE.
  var verifiable: [VerifyConfiguration.Query] {
    plans.compactMap { plan in
      guard let aggregation = plan.aggregation, aggregation.emit == .final, plan.filter == nil,
        plan.join == nil, plan.rollUp == nil,
        let window = aggregation.window.time, window.isTumbling, aggregation.having == nil,
        Candle.isDescribed(by: plan.projection.map(\.field.name))
      else { return nil }
      return .init(
        id: plan.id, sourceTopic: plan.source.topic, sinkTopic: plan.sink.topic, lateTopic: plan.sink.lateTopic,
        windowMicros: window.size, graceMicros: window.grace)
    }
  }
}
