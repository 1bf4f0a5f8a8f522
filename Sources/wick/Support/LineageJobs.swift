import Foundation
import Iceberg
import Ingest
import JSON
import Kafka
import Lake
import Lineage
import Market
import Streams
import Venues

extension LineageJob {
  static func queries(_ queries: Queries, _ configuration: StreamsConfiguration) -> [LineageJob] {
    queries.plans.map { LineageJob($0, application: configuration.application, bootstrap: configuration.kafka.bootstrap) }
  }

  static func ingest(_ configuration: IngestConfiguration) -> LineageJob {
    var file: String?
    if case .file(let options) = configuration.source, options.path != "-" { file = options.path }
    return .ingest(
      configuration.source.name, file: file, into: [configuration.topic, configuration.invalidTopic],
      bootstrap: configuration.kafka.bootstrap)
  }

  /// The sink into each table: its topics, and the table as it is now.
  static func sinks(_ configuration: SinkConfiguration) -> [LineageJob] {
    let store =
      FileManager.default.fileExists(atPath: "\(configuration.lake)/catalog.db")
      ? try? LakeStore(folder: configuration.lake) : nil
    let lake = URL(fileURLWithPath: configuration.lake).standardizedFileURL.path
    return Dictionary(grouping: configuration.mappings, by: \.table).sorted { $0.key < $1.key }.map { identifier, mappings in
      let fields = (try? store?.table(identifier))?.metadata.schema.fields ?? []
      return .sink(
        into: identifier.description, at: "\(lake)/\(identifier.description.replacing(".", with: "/"))",
        fields: fields.map { .init($0.name, $0.type.lineageText) },
        from: mappings.map { SinkTopic($0.topic, columns: $0.handedOn(of: fields.map(\.name))) }, namespace: configuration.group,
        bootstrap: configuration.kafka.bootstrap)
    }
  }
}

extension TopicTable {
  /// The columns among `columns` that come from the record; the others are the sink's own.
  fileprivate func handedOn(of columns: [String]) -> Set<String> {
    switch kind {
    case .rejects: Set(Trade.columns)
    case .candles: Set(columns.filter { !$0.hasPrefix("_") && $0 != "interval" })
    case .trades, .values: Set(columns.filter { !["_topic", "_partition", "_offset"].contains($0) })
    }
  }
}

extension IcebergType {
  fileprivate var lineageText: String {
    switch self {
    case .decimal(let precision, let scale): "decimal(\(precision), \(scale))"
    case .opaque(let json): json.text
    default: "\(self)"
    }
  }
}
