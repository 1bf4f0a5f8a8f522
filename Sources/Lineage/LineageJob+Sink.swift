/// A topic that a sink reads, and the columns it hands on as they are.
public struct SinkTopic: Hashable, Sendable {
  public var name: String
  public var columns: Set<String>

  public init(_ name: String, columns: Set<String>) {
    self.name = name
    self.columns = columns
  }
}

extension LineageJob {
  /// The sink into one table. Each column that a topic hands on is the topic's column of the same name.
  ///
  /// - Parameters:
  ///   - path: the table's folder.
  ///   - fields: the table's columns; none before the table is there.
  public static func sink(
    into table: String, at path: String, fields: [LineageDataset.Field], from topics: [SinkTopic], namespace: String,
    bootstrap: String
  ) -> LineageJob {
    let cluster = LineageDataset.namespace(bootstrap: bootstrap)
    var origins: [String: Set<LineageDataset.Origin>] = [:]
    for field in fields {
      let read = topics.filter { $0.columns.contains(field.name) }.map {
        LineageDataset.Origin(namespace: cluster, dataset: $0.name, field: field.name, how: .identity)
      }
      if !read.isEmpty { origins[field.name] = Set(read) }
    }
    return LineageJob(
      namespace: namespace, name: "sink.\(table)", kind: "SINK", inputs: topics.map { .topic($0.name, bootstrap: bootstrap) },
      outputs: [LineageDataset(namespace: "file", name: path, fields: fields, origins: origins)])
  }

  /// What brings a source onto topics.
  ///
  /// - Parameter file: the source's path; nil where it is none that others could read again.
  public static func ingest(_ source: String, file: String?, into topics: [String], bootstrap: String) -> LineageJob {
    LineageJob(
      namespace: "wick-ingest", name: source, kind: "INGEST",
      inputs: file.map { [LineageDataset(namespace: "file", name: $0)] } ?? [],
      outputs: topics.map { .topic($0, bootstrap: bootstrap) })
  }
}
