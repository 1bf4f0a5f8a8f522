import Foundation
import Kafka
import Testing

/// What tests that do harm to a running pipeline end with.
extension Scene {
  /// Queries that differ in width and grace, one of which has many late records.
  static let underFire = [
    CandleQuery.second, .minute, CandleQuery(name: "strict", size: "1 SECOND", grace: "0 SECONDS"),
  ]

  /// Brings everything to its end, unharmed.
  func settle(_ source: String, _ sql: String) throws {
    try succeed(ingest(source))
    try succeed(queries(sql, ["--until-end", "--final"]))
    try succeed(sink(sql, ["--until-end"]))
  }

  /// Expects the tables of `underFire` to hold what follows from `capture` by plain arithmetic, once.
  func expectExact(_ capture: Capture, _ sql: String) throws {
    expectSame(try trades(), capture.trades, "trades")
    let partitions = try partitions()
    for (name, width, grace) in [("1s", 1000, 2000), ("1m", 60_000, 10_000), ("strict", 1000, 0)] as [(String, Int64, Int64)] {
      let (onTime, late) = capture.judged(widthMillis: width, graceMillis: grace) { partitions[$0] ?? "" }
      expectSame(try candles(name), Capture.candles(onTime, widthMillis: width), "candles of \(name)")
      expectSame(try self.late(name), late.map(\.identity), "late records of \(name)")
    }
    for table in ["bronze.trades", "silver.candles", "bronze.late"] {
      let origins = try origins(table)
      #expect(Set(origins).count == origins.count, "\(table) holds a record twice")
    }
    try succeed(verify(sql))
  }

  /// How far the queries have committed each partition of the trades, and how far these go.
  func progress() throws -> [(committed: Int64, end: Int64)] {
    let admin = try Admin(kafka)
    defer { admin.close() }
    let consumer = try Consumer(kafka, .init(groupID: "\(mark)wick"))
    defer { do { try consumer.close() } catch { print("closing a consumer failed: \(error)") } }
    let partitions = try admin.partitions(of: tradesTopic) ?? []
    let ends = try consumer.offsets(.end, of: partitions)
    let committed = try consumer.committed(partitions, timeout: .seconds(90))
    return partitions.map { (committed[$0].flatMap { $0 } ?? 0, ends[$0] ?? 0) }
  }

  /// How many records the trades topic has taken in, committed or not.
  func written() throws -> Int64 {
    let admin = try Admin(kafka)
    defer { admin.close() }
    return try Consumer.highWatermarks(of: try admin.partitions(of: tradesTopic) ?? [], kafka).values.reduce(0, +)
  }

  /// Blocks until `condition` holds.
  func wait(for what: String, seconds: Double = 60, _ condition: () throws -> Bool) throws {
    let deadline = Date().addingTimeInterval(seconds)
    while try !condition() {
      guard Date() < deadline else { throw Broken(description: "\(what) did not come in \(seconds) s") }
      Blocking.pause(milliseconds: 10)
    }
  }
}
