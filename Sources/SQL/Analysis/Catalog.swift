/// What statements may refer to: the streams and tables declared so far.
///
/// A value: keep it between calls of `SQLProgram` to plan statements against earlier ones.
public struct Catalog: Hashable, Sendable {
  /// Streams that can be read, by name: those over topics and those that queries fill.
  public private(set) var streams: [String: SourcePlan]
  /// Tables that queries fill, by name.
  public private(set) var tables: [String: SinkPlan]

  /// An empty catalog.
  public init() {
    streams = [:]
    tables = [:]
  }

  /// Every name in use, sorted.
  public var names: [String] { (Array(streams.keys) + Array(tables.keys)).sorted() }

  /// Whether a stream or table has this name. Letter case counts; unquoted names are upper-cased when read.
  public func contains(_ name: String) -> Bool { streams[name] != nil || tables[name] != nil }

  mutating func add(_ stream: SourcePlan) { streams[stream.name] = stream }

  mutating func add(_ table: SinkPlan) { tables[table.name] = table }
}
