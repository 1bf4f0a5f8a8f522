/// What statements may refer to: the streams and tables declared so far, and the queries that fill some of them.
///
/// A value: keep it between calls of `SQLProgram` to plan statements against earlier ones.
public struct Catalog: Hashable, Sendable {
  /// Streams and tables by name: those over topics and those that queries fill.
  public private(set) var sources: [String: SourcePlan] = [:]
  /// Persistent queries in the order of their statements.
  public private(set) var queries: [QueryPlan] = []

  /// An empty catalog.
  public init() {}

  /// Streams that can be read, by name.
  public var streams: [String: SourcePlan] { sources.filter { !$0.value.isTable } }
  /// Tables that can be read, by name.
  public var tables: [String: SourcePlan] { sources.filter(\.value.isTable) }

  /// Every name in use, sorted.
  public var names: [String] { sources.keys.sorted() }

  /// Whether a stream or table has this name. Letter case counts; unquoted names are upper-cased when read.
  public func contains(_ name: String) -> Bool { sources[name] != nil }

  /// The query that fills `name` by CREATE … AS SELECT; nil for what is declared over a topic.
  public func query(filling name: String) -> QueryPlan? {
    queries.first { $0.sink.name == name && !$0.isInsertion }
  }

  /// Ids of the queries that write into `name`.
  public func writers(of name: String) -> [String] { queries.filter { $0.sink.name == name }.map(\.id) }

  /// Ids of the queries that read `name`.
  public func readers(of name: String) -> [String] { queries.filter { $0.reads(name) }.map(\.id) }

  mutating func put(_ source: SourcePlan) { sources[source.name] = source }

  /// Adds a query, or puts it in the place of the one with its id.
  mutating func put(_ query: QueryPlan) {
    if let index = queries.firstIndex(where: { $0.id == query.id }) {
      queries[index] = query
    } else {
      queries.append(query)
    }
  }

  /// Forgets a stream or table together with the queries that write into it.
  mutating func remove(_ name: String) {
    sources[name] = nil
    queries.removeAll { $0.sink.name == name }
  }

  /// Forgets the query with this id; what it filled stays readable.
  public mutating func removeQuery(_ id: String) { queries.removeAll { $0.id == id } }
}

extension QueryPlan {
  /// Whether this is INSERT INTO … SELECT.
  public var isInsertion: Bool { id.hasPrefix(Self.insertionPrefix) }

  static let insertionPrefix = "INSERT_"

  /// Whether `name` is among its sources.
  public func reads(_ name: String) -> Bool {
    if let rollUp { return rollUp.table == name }
    return source.name == name || join?.table.name == name
  }
}
