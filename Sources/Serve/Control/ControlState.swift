import SQL

/// What an application runs: the statements of its files, and after them those of the control topic, in its order.
///
/// Pure: whoever reads the same files and records comes to the same state, so that workers and servers agree without talking.
/// A record that contradicts those before it changes nothing, for everyone alike.
public struct ControlState: Sendable {
  /// A persistent query.
  public struct Query: Hashable, Sendable {
    public var plan: QueryPlan
    /// As it was written.
    public var text: String
    /// Whether it stands in the files that workers are started with; otherwise it was given at a prompt.
    public var isFromFile: Bool
    public var isPaused = false

    public var id: String { plan.id }
  }

  public private(set) var session: SQLSession
  public private(set) var queries: [Query] = []
  /// By name of a stream or table: the statement that made it.
  public private(set) var statements: [String: String] = [:]

  /// - Throws: the error of the first statement that is wrong.
  public init(files: [SQLFile], schemas: (any SchemaSource)? = nil) throws(SQLError) {
    self.schemas = schemas
    session = SQLSession(schemas: schemas)
    for file in files {
      for read in try session.read(file) { take(read, isFromFile: true) }
    }
    // What the files set is for their own statements.
    session = SQLSession(catalog: session.catalog, schemas: schemas)
  }

  private let schemas: (any SchemaSource)?

  /// What statements are read against by a user with these values.
  func session(for values: SessionValues) throws -> SQLSession { try values.applied(to: session) }

  /// Takes up one record. Throws, with nothing changed, when its statement is wrong or contradicts what there is.
  ///
  /// - Returns: the statement.
  @discardableResult
  public mutating func apply(_ record: ControlRecord) throws -> [ReadStatement] {
    var next = self
    let values = SessionValues(properties: record.properties, variables: record.variables)
    var session = try values.applied(to: session)
    let read = try session.read(SQLFile(name: "statement", text: record.statement))
    next.session = SQLSession(catalog: session.catalog, schemas: schemas)
    for statement in read {
      if case .control(let verb, let id) = statement.statement { try next.control(verb, id) }
      next.take(statement, isFromFile: false)
    }
    self = next
    return read
  }

  private mutating func take(_ read: ReadStatement, isFromFile: Bool) {
    switch read.statement {
    case .declare(let source, _), .alter(let source): statements[source.name] = read.text
    case .query(let plan, let replacing):
      if !plan.isInsertion { statements[plan.sink.name] = read.text }
      let query = Query(plan: plan, text: read.text, isFromFile: isFromFile)
      if replacing, let index = queries.firstIndex(where: { $0.id == plan.id }) {
        queries[index] = query
        queries[index].isFromFile = isFromFile
      } else {
        queries.append(query)
      }
    case .drop(let drop):
      statements[drop.source.name] = nil
      queries.removeAll { drop.terminates.contains($0.id) }
    default: break
    }
  }

  // MARK: TERMINATE, PAUSE and RESUME

  private mutating func control(_ verb: ControlVerb, _ id: String?) throws(ServeError) {
    switch verb {
    case .terminate: try terminate(id)
    case .pause: try setPaused(true, id)
    case .resume: try setPaused(false, id)
    }
  }

  private func index(of id: String) throws(ServeError) -> Int {
    if let index = queries.firstIndex(where: { $0.id == id || $0.id == id.uppercased() }) { return index }
    throw ServeError(.badStatement, "There is no query \(id); SHOW QUERIES lists them.")
  }

  private mutating func terminate(_ id: String?) throws(ServeError) {
    var ended: Set<String> = []
    if let id {
      let query = queries[try index(of: id)]
      guard !query.isFromFile else {
        throw ServeError(
          .badStatement,
          "\(query.id) stands in the files its workers were started with: delete it there and restart them, or PAUSE ALL.")
      }
      ended = [query.id]
    } else {
      ended = Set(queries.filter { !$0.isFromFile }.map(\.id))
    }
    queries.removeAll { ended.contains($0.id) }
    var catalog = session.catalog
    for id in ended { catalog.removeQuery(id) }
    session = SQLSession(catalog: catalog, schemas: schemas)
  }

  /// Queries of the files share what they read, so they pause together.
  private mutating func setPaused(_ isPaused: Bool, _ id: String?) throws(ServeError) {
    if let id {
      let index = try index(of: id)
      let verb = isPaused ? "PAUSE" : "RESUME"
      if queries[index].isFromFile, queries.count(where: \.isFromFile) > 1 {
        throw ServeError(
          .badStatement,
          "\(queries[index].id) shares its reading with the other queries of its files and cannot stop alone: \(verb) ALL.")
      }
      queries[index].isPaused = isPaused
    } else {
      for index in queries.indices { queries[index].isPaused = isPaused }
    }
  }
}
