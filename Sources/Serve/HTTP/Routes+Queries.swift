import Foundation
import Hummingbird
import JSON
import NIOCore
import SQL
import Values

/// Queries that answer with rows.
extension Routes {
  func query(_ request: Request) async throws -> Response {
    let bytes = try await body(request)
    let statement = try StatementBody(bytes, textName: "ksql", propertiesName: "streamsProperties")
    return try await rows(statement, .objects, request)
  }

  func queryStream(_ request: Request) async throws -> Response {
    guard let format = RowFormat.accepted(request.headers[.accept]) else {
      throw ServeError(
        .notAcceptable,
        "/query-stream answers in application/vnd.ksqlapi.delimited.v1, application/json or application/vnd.ksql.v1+json.")
    }
    let bytes = try await body(request)
    let statement = try StatementBody(bytes, textName: "sql", propertiesName: "properties")
    return try await rows(statement, format, request)
  }

  private func rows(_ statement: StatementBody, _ format: RowFormat, _ request: Request) async throws -> Response {
    do {
      switch try service.question(statement.text, statement.values) {
      case .pull(let query): return try await pull(query, format)
      case .push(let query):
        let running = try service.open(query, text: statement.text, fromBeginning: statement.fromBeginning ?? false)
        return stream(running, format, limit: query.limit, request)
      case .print(let print):
        guard format != .array else {
          throw ServeError(.notAcceptable, "PRINT answers with lines of text; accept application/vnd.ksqlapi.delimited.v1.")
        }
        let running = try service.open(print, text: statement.text)
        return stream(running, .text, limit: print.limit, request)
      }
    } catch {
      let error = ServeError.wrapping(error)
      return Self.failure(error, statement: error.code == .badStatement ? statement.text : nil)
    }
  }

  private func pull(_ query: PullQuery, _ format: RowFormat) async throws -> Response {
    let service = service
    let answer: [[Value]]
    if let warm = try service.warmAnswer(query) {
      answer = warm
    } else {
      answer = try await blocking { try service.answer(query) }
    }
    let schema = ResultSchema(columns: query.projection.map(\.field))
    var text = format.header("query_\(UUID().uuidString.lowercased())", schema)
    for values in answer { text += format.row(ResultRow(values: values), schema) }
    text += format.end(limitReached: false)
    return Response(
      status: .ok, headers: [.contentType: format.contentType], body: .init(byteBuffer: ByteBuffer(string: text)))
  }

  /// Rows as they come, until the query ends or the client goes.
  private func stream(_ running: RunningQuery, _ format: RowFormat, limit: Int?, _ request: Request) -> Response {
    let service = service
    let body = ResponseBody { writer in
      defer { service.end(running) }
      // The writer belongs to this closure, which waits for what is done with it below.
      nonisolated(unsafe) var out: any ResponseBodyWriter = writer
      if Self.length(request) ?? 0 > 0 {
        try await request.body.consumeWithInboundCloseHandler { _ in
          try await Self.write(running, format, limit: limit, &out)
        } onInboundClosed: {
          running.rows.cancel()
        }
      } else {
        // That the client has gone shows with the next row.
        try await Self.write(running, format, limit: limit, &out)
      }
      try await out.finish(nil)
    }
    return Response(status: .ok, headers: [.contentType: format.contentType], body: body)
  }

  private static func write(
    _ running: RunningQuery, _ format: RowFormat, limit: Int?, _ writer: inout any ResponseBodyWriter
  ) async throws {
    try await writer.write(ByteBuffer(string: format.header(running.id, running.schema)))
    var count = 0
    do {
      while let rows = try await running.rows.next() {
        count += rows.count
        try await writer.write(ByteBuffer(string: rows.map { format.row($0, running.schema) }.joined()))
      }
      try await writer.write(ByteBuffer(string: format.end(limitReached: limit.map { count >= $0 } ?? false)))
    } catch let error as ServeError {
      try await writer.write(ByteBuffer(string: format.failure(error)))
    }
  }
}
