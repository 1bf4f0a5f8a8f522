import Formats
import Hummingbird
import JSON
import Kafka
import NIOCore
import SQL
import Synchronization
import Values

/// `/inserts-stream`: a line that names the target, then a line for each row; each is acknowledged when the cluster has it.
extension Routes {
  func inserts(_ request: Request) throws -> Response {
    let (service, limit) = (service, service.configuration.bodyLimit)
    try busy.enter()
    let gate = busy
    let body = ResponseBody { writer in
      defer { gate.leave() }
      let session = InsertSession(service: service)
      var lines = LineReader(limit: limit)
      do {
        for try await part in request.body {
          for line in try lines.take(part.readableBytesView) {
            let answer = try await session.take(line)
            if let answer { try await writer.write(ByteBuffer(string: answer.text + "\n")) }
          }
        }
        if let line = lines.rest(), let answer = try await session.take(line) {
          try await writer.write(ByteBuffer(string: answer.text + "\n"))
        }
      } catch let error as ServeError {
        try await writer.write(ByteBuffer(string: session.failure(error).text + "\n"))
      }
      session.close()
      try await writer.finish(nil)
    }
    return Response(status: .ok, headers: [.contentType: RowFormat.delimited.contentType], body: body)
  }
}

/// Cuts bytes into lines.
struct LineReader {
  private var pending: [UInt8] = []
  private let limit: Int

  /// - Parameter limit: the longest line.
  init(limit: Int) { self.limit = limit }

  /// The lines that are complete now; empty ones are left out.
  mutating func take(_ bytes: some Sequence<UInt8>) throws(ServeError) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    for byte in bytes {
      guard byte == UInt8(ascii: "\n") else {
        guard pending.count < limit else { throw ServeError(.tooLarge, "A line is longer than \(limit) bytes.") }
        pending.append(byte)
        continue
      }
      if let line = rest() { lines.append(line) }
    }
    return lines
  }

  /// What came after the last line break.
  mutating func rest() -> [UInt8]? {
    defer { pending.removeAll() }
    if pending.last == UInt8(ascii: "\r") { pending.removeLast() }
    return pending.isEmpty ? nil : pending
  }
}

/// The rows of one request. Calls come one after the other.
private final class InsertSession: Sendable {
  private struct State {
    var target: Target?
    var sequence: Int64 = 0
  }

  /// Used by one call at a time, each on a thread of its own.
  private final class Target: @unchecked Sendable {
    let writer: RowWriter
    let decode: (JSONValue) throws(FormatError) -> [Value]

    init(_ service: QueryService, _ name: String) throws { (writer, decode) = try service.writer(into: name) }

    func write(_ row: JSONValue) throws {
      let known = Set(writer.target.columns.map { $0.name.uppercased() })
      if let unknown = row.members?.first(where: { !known.contains($0.name.uppercased()) }) {
        throw ServeError(.badRequest, "\(writer.target.name) has no column \(unknown.name.prefix(60)).")
      }
      try writer.write(decode(row), time: nil)
    }
  }

  private let service: QueryService
  private let state = Mutex(State())

  init(service: QueryService) { self.service = service }

  /// The acknowledgement of a row; nil for the first line.
  ///
  /// - Throws: what ends the request.
  func take(_ line: [UInt8]) async throws -> JSONValue? {
    guard let json = try? JSONValue(parsing: line), json.members != nil else {
      throw ServeError(.badRequest, "A line is no JSON object.")
    }
    let service = service
    guard let target = state.withLock({ $0.target }) else {
      guard let name = json["target"]?.stringValue else {
        throw ServeError(.badRequest, "The first line needs a text target, the stream or table to insert into.")
      }
      let made = try await Self.blocking { try Target(service, name) }
      state.withLock { $0.target = made }
      return nil
    }
    try await Self.blocking { try target.write(json) }
    let sequence = state.withLock { state in
      defer { state.sequence += 1 }
      return state.sequence
    }
    return ["status": "ok", "seq": .int(sequence)]
  }

  private static func blocking<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws(ServeError) -> R {
    do { return try await BlockingThread(name: "insert", body).value } catch { throw ServeError.wrapping(error) }
  }

  func failure(_ error: ServeError) -> JSONValue {
    let sequence = state.withLock { $0.sequence }
    return [
      "status": "error", "seq": .int(sequence), "error_code": .int(error.code.rawValue), "message": .string(error.message),
    ]
  }

  func close() { state.withLock { $0.target }?.writer.close() }
}
