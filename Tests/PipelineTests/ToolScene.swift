import Foundation
import Synchronization
import TestSupport
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A scene with a stream and a table of windows for `wick sql` and `wick serve` to ask.
extension Scene {
  /// Writes the statements, and two quotes of BTC in one minute, one of ETH in the next; the queries have read them.
  func prepareQuotes() throws -> String {
    let sql = try write(
      "quotes.sql",
      """
      CREATE STREAM quotes (symbol STRING KEY, price INT)
        WITH (KAFKA_TOPIC = '\(mark)quotes', VALUE_FORMAT = 'JSON', PARTITIONS = 1);
      CREATE TABLE highs WITH (KAFKA_TOPIC = '\(mark)highs') AS SELECT symbol, MAX(price) AS high, COUNT(*) AS n FROM quotes
        WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY symbol EMIT FINAL;
      """)
    try succeed(tool("run", sql, ["--until-end"]))
    let inserts = [("60000", "BTC", 5), ("61000", "BTC", 7), ("120000", "ETH", 3)].map {
      "INSERT INTO quotes (ROWTIME, symbol, price) VALUES (\($0.0), '\($0.1)', \($0.2));"
    }
    try succeed(tool("sql", sql, ["-e", inserts.joined(separator: " ")]))
    try succeed(tool("run", sql, ["--until-end", "--final"]))
    return sql
  }

  func tool(_ command: String, _ sql: String, _ more: [String] = []) -> [String] {
    [command, sql, "--app", "\(mark)tools", "--audit-topic", auditTopic] + connection + more
  }

  /// Starts `wick serve` at a port that is free; gives its address once it answers.
  func serve(
    _ sql: String, _ more: [String] = ["--listen", "127.0.0.1:0"], environment: [String: String] = [:]
  ) throws -> (process: WickProcess, address: String) {
    let process = try start(tool("serve", sql, more), environment: environment)
    try wait(for: "an address") { process.output.contains("answering at ") || process.exitCode != nil }
    guard let line = process.output.split(separator: "\n").first(where: { $0.hasPrefix("answering at ") }) else {
      throw Broken(description: "wick serve does not answer: \(process.output)\(process.errors)")
    }
    return (process, String(line.dropFirst("answering at ".count)))
  }
}

/// A client of HTTP that waits.
enum Web {
  struct Reply: Sendable {
    var status: Int
    var body: String
  }

  /// Sends a JSON body. A connection that ends before the answer does is a reply with status 0.
  static func post(_ address: String, _ body: [String: Any]) throws -> Reply {
    guard let url = URL(string: address) else { throw Scene.Broken(description: "\(address) is no address") }
    var request = URLRequest(url: url, timeoutInterval: 60)
    request.httpMethod = "POST"
    request.httpBody = try JSONSerialization.data(withJSONObject: body)
    let reply = Mutex<Reply?>(nil)
    let done = DispatchSemaphore(value: 0)
    let task = URLSession.shared.dataTask(with: request) { data, response, _ in
      let status = (response as? HTTPURLResponse)?.statusCode ?? 0
      reply.withLock { $0 = Reply(status: status, body: String(decoding: data ?? Data(), as: UTF8.self)) }
      done.signal()
    }
    task.resume()
    done.wait()
    return reply.withLock { $0 } ?? Reply(status: 0, body: "")
  }
}
