import Foundation
import Hummingbird
import JSON
import Kafka
import Logging
import MarketAPI
import NIOCore
import SQL
import Synchronization

/// Answers requests. Nothing a client sends ends in anything but an answer.
struct Routes: Sendable {
  let service: QueryService
  let market: MarketRoutes
  /// Statements that are being carried out on threads of their own.
  let busy = BusyGate(limit: 32)

  func respond(_ request: Request) async -> Response {
    do {
      return try await route(request)
    } catch {
      let error = ServeError.wrapping(error)
      if error.code == .failed {
        service.configuration.logger.error(
          "a request could not be answered", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
      }
      return Self.failure(error)
    }
  }

  private func route(_ request: Request) async throws -> Response {
    let path = request.uri.path
    switch (request.method, path) {
    case (.get, "/info"): return try await info()
    case (.get, "/healthcheck"): return await health()
    case (.get, "/clusterStatus"), (.get, "/lag"), (.post, "/heartbeat"), (.post, "/lag"):
      throw ServeError(.notFound, "\(path) is for clusters of ksqlDB servers; here every server answers from Kafka alone.")
    case (.get, "/v1/metadata"), (.get, "/v1/metadata/id"): return try await metadata(path)
    case (.get, _) where path.hasPrefix("/is_valid_property/"): return try isValid(String(path.dropFirst(19)))
    case (.post, "/ksql"): return try await statements(request)
    case (.post, "/query"): return try await query(request)
    case (.post, "/query-stream"): return try await queryStream(request)
    case (.post, "/close-query"): return try await close(request)
    case (.post, "/inserts-stream"): return try inserts(request)
    case (_, "/info"), (_, "/healthcheck"), (_, "/ksql"), (_, "/query"), (_, "/query-stream"), (_, "/close-query"),
      (_, "/inserts-stream"):
      throw ServeError(.methodNotAllowed, "\(path) does not take \(request.method.rawValue).")
    default:
      throw ServeError(
        .notFound,
        "There is nothing at \(path.prefix(100)); there are /ksql, /query, /query-stream, /close-query, /inserts-stream, /info and /healthcheck."
      )
    }
  }

  // MARK: Requests and answers

  /// The whole body, within its limits of size and time.
  ///
  /// Of a body whose length is known the end is left unread: it is what `stream` needs to see the client go.
  func body(_ request: Request) async throws -> [UInt8] {
    let limit = service.configuration.bodyLimit
    let length = Self.length(request)
    if let length, length > limit { throw Self.tooLarge(limit) }
    return try await TimeLimit.run(service.configuration.requestTimeout) {
      var bytes: [UInt8] = []
      if length == 0 { return bytes }
      for try await part in request.body {
        bytes.append(contentsOf: part.readableBytesView)
        guard bytes.count <= limit else { throw Self.tooLarge(limit) }
        if bytes.count == length { break }
      }
      return bytes
    }
  }

  static func length(_ request: Request) -> Int? { request.headers[.contentLength].flatMap { Int($0) } }

  private static func tooLarge(_ limit: Int) -> ServeError {
    ServeError(.tooLarge, "The body is larger than \(limit) bytes.")
  }

  /// Work that blocks, on a thread of its own, for no longer than a request may take.
  func blocking<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try busy.enter()
    let gate = busy
    let thread = BlockingThread(name: "statement", stackSize: 4 << 20) {
      defer { gate.leave() }
      return try body()
    }
    // What it waits for has limits of its own; this one is for all of it together.
    return try await TimeLimit.run(service.configuration.requestTimeout + .seconds(5)) { try await thread.value }
  }

  static func json(_ value: JSONValue, type: String = "application/json", status: Int = 200) -> Response {
    Response(
      status: .init(code: status), headers: [.contentType: type],
      body: .init(byteBuffer: ByteBuffer(bytes: value.utf8)))
  }

  /// As ksqlDB's errors look: those of statements with the statement.
  static func error(_ error: ServeError, statement: String? = nil) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("@type", statement == nil ? "generic_error" : "statement_error"), .init("error_code", .int(error.code.rawValue)),
      .init("message", .string(error.message)),
    ]
    if let statement { members += [.init("statementText", .string(statement)), .init("entities", [])] }
    return .object(members)
  }

  static func failure(_ error: ServeError, statement: String? = nil) -> Response {
    json(self.error(error, statement: statement), status: error.status)
  }

  // MARK: The server itself

  private func info() async throws -> Response {
    let service = service
    let id = try await blocking { try service.cluster() }
    return Self.json([
      "KsqlServerInfo": [
        "version": .string(service.configuration.version), "kafkaClusterId": .string(id),
        "ksqlServiceId": .string(service.configuration.application), "serverStatus": "RUNNING",
      ]
    ])
  }

  private func health() async -> Response {
    let service = service
    let isReachable: Bool
    do {
      _ = try await blocking { try service.topics() }
      isReachable = true
    } catch {
      isReachable = false
    }
    let body: JSONValue = [
      "isHealthy": .bool(isReachable),
      "details": [
        "metastore": ["isHealthy": true], "kafka": ["isHealthy": .bool(isReachable)], "commandRunner": ["isHealthy": true],
      ],
      "serverState": "READY",
    ]
    return Self.json(body, status: isReachable ? 200 : 503)
  }

  private func metadata(_ path: String) async throws -> Response {
    let service = service
    let id = try await blocking { try service.cluster() }
    return Self.json([
      "id": "",
      "scope": [
        "path": [], "clusters": ["kafka-cluster": .string(id), "ksql-cluster": .string(service.configuration.application)],
      ],
    ])
  }

  private func isValid(_ property: String) throws -> Response {
    var values = SessionValues()
    values.properties[property] = service.control.state.session.settings.all.first { $0.name == property }?.value
    guard values.properties[property] != nil else {
      throw ServeError(.badRequest, "There is no property \(property.prefix(60)).")
    }
    return Self.json(true)
  }

  /// `/ksql`: statements that answer at once.
  private func statements(_ request: Request) async throws -> Response {
    let bytes = try await body(request)
    let statement = try StatementBody(bytes, textName: "ksql", propertiesName: "streamsProperties")
    let service = service
    do {
      let answers = try await blocking {
        var values = statement.values
        var answers: [JSONValue] = []
        try service.execute(statement.text, &values) { answers.append($0.json) }
        return answers
      }
      return Self.json(.array(answers))
    } catch {
      let error = ServeError.wrapping(error)
      return Self.failure(error, statement: error.code == .badStatement ? statement.text : nil)
    }
  }

  private func close(_ request: Request) async throws -> Response {
    let bytes = try await body(request)
    guard let json = try? JSONValue(parsing: bytes), let id = json["queryId"]?.stringValue else {
      throw ServeError(.badRequest, "The body is no JSON object with a text queryId.")
    }
    guard service.closeQuery(id) else { throw ServeError(.badRequest, "No query with id \(id.prefix(100)) is open.") }
    return Response(status: .ok)
  }
}

/// Counts work on threads of its own, so that a flood of requests is refused and not piled up. Safe from any thread.
final class BusyGate: Sendable {
  private let count = Mutex(0)
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  func enter() throws(ServeError) {
    let isFree = count.withLock { count in
      guard count < limit else { return false }
      count += 1
      return true
    }
    guard isFree else { throw ServeError(.tooMany, "\(limit) statements are being carried out already; try again.") }
  }

  func leave() { count.withLock { $0 -= 1 } }
}

enum TimeLimit {
  /// The result of `body`, unless it takes longer: then it is cancelled.
  ///
  /// - Throws: `timedOut`.
  static func run<R: Sendable>(_ limit: Duration, _ body: @escaping @Sendable () async throws -> R) async throws -> R {
    try await withThrowingTaskGroup(of: R.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await Task.sleep(for: limit)
        throw ServeError(.timedOut, "The request took longer than \(limit).")
      }
      guard let first = try await group.next() else { throw ServeError(.failed, "no task ended") }
      group.cancelAll()
      return first
    }
  }
}
