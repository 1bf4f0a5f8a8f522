import Contracts
import Kafka
import MarketAPI
import SQL
import Streams
import Synchronization
import Values
import Windows

/// Statements in, answers and rows out: what the HTTP server and the prompt stand on.
///
/// It reads Kafka as any other client: committed records of the topics that tables stand on, the consumer groups of the
/// workers, their audit rows. It runs no persistent query; those are the workers' (`wick run`), and what it changes about
/// them it writes to the control topic that they read.
///
/// Safe from any thread. Calls that say so block, and must not be made on the concurrency pool.
public final class QueryService: Sendable {
  public let configuration: ServeConfiguration
  let schemas: SchemaAccess
  let tables: TableSet
  let control: ControlLog
  let registry: QueryRegistry
  let audit: AuditWatch
  /// What `/v1` serves.
  public let market: MarketState
  private let feed = Mutex<MarketFeed?>(nil)
  private let clusterID = Mutex<String?>(nil)

  /// - Parameter files: the statements that the workers are started with.
  /// - Throws: `SQLError` for a statement that is wrong.
  public init(_ configuration: ServeConfiguration, files: [SQLFile], schemas store: any SchemaStore) throws {
    self.configuration = configuration
    schemas = SchemaAccess(store: store)
    tables = TableSet(configuration.kafka, schemas)
    registry = QueryRegistry(limit: configuration.openQueries)
    market = MarketState(
      bounds: configuration.marketBounds, epoch: String(UInt64.random(in: 0...UInt64(UInt32.max)), radix: 36))
    market.wait(for: "start", because: "The topics are not read yet.")
    audit = AuditWatch(configuration.kafka, topic: configuration.auditTopic, schemas: schemas)
    control = ControlLog(
      configuration.kafka, topic: configuration.controlTopic, replication: configuration.replication,
      initial: try ControlState(files: files, schemas: schemas))
  }

  /// Reads the control topic to its end. Blocks.
  public func open() throws {
    do { try control.open(timeout: configuration.requestTimeout) } catch { throw ServeError.wrapping(error) }
  }

  /// Begins to read every table whose topic exists, so that the first question finds it warm. Blocks.
  public func warm() throws {
    do {
      let topics = try topics()
      for table in control.state.session.catalog.tables.values where topics[table.topic] != nil { tables.watch(table) }
    } catch {
      throw ServeError.wrapping(error)
    }
  }

  /// Begins to read what `/v1` serves. Topics that do not exist yet are waited for.
  public func watchMarket() {
    let feed = feed.withLock { feed in
      if feed == nil { feed = MarketFeed(market, service: self) }
      return feed
    }
    feed?.start()
    market.wait(for: "start", because: nil)
  }

  /// Ends every query and stops reading.
  public func close() {
    feed.withLock { $0.take() }?.close()
    registry.closeAll()
    tables.close()
    audit.close()
    control.close()
  }

  // MARK: The cluster

  func withAdmin<R>(_ body: (Admin) throws -> R) throws -> R {
    let admin = try Admin(configuration.kafka, timeout: .seconds(10))
    defer { admin.close() }
    return try body(admin)
  }

  func topics() throws -> [String: Int] { try withAdmin { try $0.topics() } }

  /// The id of the cluster. Blocks until it is known.
  func cluster() throws -> String {
    if let known = clusterID.withLock({ $0 }) { return known }
    let id = try withAdmin { try $0.clusterID() }
    clusterID.withLock { $0 = id }
    return id
  }

  // MARK: Queries

  /// A statement that answers with rows.
  enum Question {
    case pull(PullQuery)
    case push(PushQuery)
    case print(PrintStatement)
  }

  /// Reads a text that is one SELECT or PRINT. Does not block.
  func question(_ text: String, _ values: SessionValues) throws -> Question {
    var session = try control.state.session(for: values)
    let read = try session.read(SQLFile(name: "statement", text: text))
    let questions = read.compactMap { statement -> Question? in
      switch statement.statement {
      case .pull(let query): .pull(query)
      case .push(let query): .push(query)
      case .print(let print): .print(print)
      default: nil
      }
    }
    guard let question = questions.first, read.count == 1 else {
      throw ServeError(
        .wrongResource,
        read.count == 1
          ? "This statement answers with no rows; send it to /ksql." : "One statement is expected, and \(read.count) are given.")
    }
    return question
  }

  /// The rows of a table that is warm, or nil where answering needs to wait. Does not block.
  func warmAnswer(_ query: PullQuery) throws -> [[Value]]? {
    guard query.source.isTable, let watch = tables.known(query.source.name), watch.source == query.source,
      watch.isReady == true
    else { return nil }
    return try bounded(query, watch.rows(for: query))
  }

  /// The answer to a SELECT without EMIT. Blocks until the table is read.
  func answer(_ query: PullQuery) throws -> [[Value]] {
    guard query.source.isTable else {
      return try StreamScan(
        query: query, kafka: configuration.kafka, schemas: schemas, timeout: configuration.requestTimeout
      ).answer(limit: configuration.pullRows)
    }
    let watch = tables.watch(query.source)
    try watch.awaitReady(timeout: configuration.requestTimeout)
    return try bounded(query, watch.rows(for: query))
  }

  private func bounded(_ query: PullQuery, _ rows: [TableRow]) throws -> [[Value]] {
    var asked = query
    // One more than may be shows that there are too many.
    asked.limit = min(query.limit ?? .max, configuration.pullRows + 1)
    let answer = try asked.answer(from: rows)
    guard answer.count <= configuration.pullRows else { throw ServeError.tooManyRows(configuration.pullRows) }
    return answer
  }

  /// Opens a query that answers with rows as they come.
  func open(_ query: PushQuery, text: String, fromBeginning: Bool) throws -> RunningQuery {
    // What the engine cannot do is said now, and not in the middle of an answer.
    _ = try PushEngine(query.plan)
    let rows = RowChannel<ResultRow>()
    let schema = ResultSchema(columns: query.plan.projection.map(\.field))
    let running = try registry.open("transient") { id in
      RunningQuery(id: id, text: text, schema: schema, isPush: true, rows: rows)
    }
    PushRun(query: query, kafka: configuration.kafka, schemas: schemas, fromBeginning: fromBeginning).start(into: rows)
    return running
  }

  /// Opens PRINT: rows of one text each.
  func open(_ print: PrintStatement, text: String) throws -> RunningQuery {
    let rows = RowChannel<ResultRow>()
    let schema = ResultSchema(columns: [Field(name: "RECORD", type: .string)])
    let running = try registry.open("print") { id in
      RunningQuery(id: id, text: text, schema: schema, isPush: true, rows: rows)
    }
    PrintRun(statement: print, kafka: configuration.kafka, schemas: schemas).start(into: rows)
    return running
  }

  /// Forgets a query whose rows are all read, and ends one that is not.
  public func end(_ query: RunningQuery) {
    query.rows.cancel()
    registry.remove(query.id)
  }

  /// Ends the query of that id; false when none is open.
  public func closeQuery(_ id: String) -> Bool { registry.close(id) }
}
