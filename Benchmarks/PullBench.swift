import Foundation
import Kafka
import Logging
import SQL
import Serve
import Streams
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Questions over HTTP to a table that is warm, at a given rate: each is due at its own moment, and its time counts from there.
enum PullBench {
  private static let symbols = 100
  private static let minutes = 1440
  private static let first: Int64 = 1_700_000_040_000
  private static let rate = 1000
  private static let seconds = 10
  private static let connections = 16

  static func rows(_ broker: BrokerProcess) throws -> [Row] {
    let server = try Child.bench("pull-server", broker.bootstrap)
    defer { server.kill() }
    let words = (server.readLine() ?? "").split(separator: " ")
    guard words.count == 2, words[0] == "ready" else { throw BenchError("the server did not start") }
    let result = try Child.measure("pull-load", String(words[1]))
    let tail = result["p99_ms"] ?? .nan
    return [
      .atMost(
        5, "pull query on a warm table, \(number(Double(rate), 0)) requests/s", "≤ 5 ms p99", tail,
        "\(number(tail, 2)) ms p99, \(number(result["p50_ms"] ?? .nan, 2)) ms median (\(symbols * minutes) windows, \(number(result["rate"] ?? .nan, 0)) answers/s)"
      )
    ]
  }

  /// Fills a table, serves it, and stays until it is killed.
  static func serve(bootstrap: String) throws {
    let kafka = KafkaConfiguration(bootstrap: bootstrap, clientID: "wick-bench")
    let admin = try Admin(kafka)
    try admin.create([TopicSpecification("bench.windows", partitions: 1)])
    let producer = try Producer(kafka, maximumQueuedRecords: 200_000)
    let topic = try producer.topic("bench.windows")
    for minute in 0..<minutes {
      for symbol in 0..<symbols {
        let start = first + Int64(minute) * 60_000
        let key = Array("S\(symbol)".utf8) + Swift.withUnsafeBytes(of: start.bigEndian) { Array($0) }
        let value = Array("{\"OPEN\":\(100 + minute).5,\"CLOSE\":\(101 + minute).25,\"TRADES\":\(minute)}".utf8)
        try key.withUnsafeBytes { key in
          try value.withUnsafeBytes { value in try producer.send(to: topic, key: key, value: value, timestamp: start) }
        }
      }
    }
    try producer.flush()
    let table = """
      CREATE TABLE windows (symbol STRING PRIMARY KEY, open DOUBLE, close DOUBLE, trades BIGINT) WITH (KAFKA_TOPIC = \
      'bench.windows', VALUE_FORMAT = 'JSON', WINDOW_TYPE = 'TUMBLING', WINDOW_SIZE = '1 MINUTE');
      """
    let service = try QueryService(
      ServeConfiguration(kafka: kafka, application: "bench-pull"), files: [SQLFile(name: "bench", text: table)],
      schemas: MemorySchemaStore())
    try service.open()
    var values = SessionValues()
    // The first answer waits until the table is read.
    try service.ask("SELECT symbol FROM windows LIMIT 1;", &values) { _ in }
    let port = try QueryServer(service, port: 0).start()
    say("ready \(port)")
    while true { pause() }
  }

  /// Asks for the last five windows before some minute of some symbol.
  static func load(port: Int) throws {
    let latencies = Mutex<[Double]>([])
    let begin = Measure.now + 0.2
    let total = rate * seconds
    let threads = (0..<connections).map { number in
      BlockingThread(name: "load") {
        var connection = try HTTPConnection(port: port)
        var own: [Double] = []
        for index in stride(from: number, to: total, by: connections) {
          let due = begin + Double(index) / Double(rate)
          let wait = due - Measure.now
          if wait > 0 { usleep(UInt32(wait * 1e6)) }
          try connection.ask(Self.body(index))
          own.append(Measure.now - due)
        }
        latencies.withLock { $0 += own }
      }
    }
    for thread in threads { try thread.join() }
    let took = Measure.now - begin
    let sorted = latencies.withLock { $0.sorted() }
    guard sorted.count == total else { throw BenchError("\(sorted.count) of \(total) questions were answered") }
    Measure.report("p50_ms", sorted[total / 2] * 1000)
    Measure.report("p99_ms", sorted[total * 99 / 100] * 1000)
    Measure.report("rate", Double(total) / took)
    exit(0)
  }

  private static func body(_ index: Int) -> String {
    let start = first + Int64(index * 7919 % (minutes - 5)) * 60_000
    return
      "{\"sql\":\"SELECT * FROM windows WHERE symbol = 'S\(index % symbols)' AND WINDOWSTART >= \(start) AND WINDOWSTART < \(start + 300_000);\"}"
  }
}

/// One connection that is kept.
private struct HTTPConnection {
  private let descriptor: Int32
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)

  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let descriptor = descriptor
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard connected else { throw BenchError("no connection to the server") }
  }

  /// Sends one question and reads its answer: the header and five rows.
  mutating func ask(_ body: String) throws {
    let request = Array(
      "POST /query-stream HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
    guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
      throw BenchError("the server hung up")
    }
    var answer = ""
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { throw BenchError("the server hung up") }
      answer += String(decoding: buffer[..<count], as: UTF8.self)
      guard let head = answer.range(of: "\r\n\r\n") else { continue }
      guard answer.hasPrefix("HTTP/1.1 200"), let length = Self.length(answer[..<head.lowerBound]) else {
        throw BenchError("the server answered \(answer.prefix(300))")
      }
      let content = answer[head.upperBound...]
      guard content.utf8.count >= length else { continue }
      guard content.split(separator: "\n").count == 6 else { throw BenchError("an answer without five windows: \(content)") }
      return
    }
  }

  private static func length(_ head: Substring) -> Int? {
    for line in head.lowercased().split(separator: "\r\n") where line.hasPrefix("content-length:") {
      return Int(line.dropFirst(15).trimmingCharacters(in: .whitespaces))
    }
    return nil
  }
}
