import Foundation
import Iceberg
import Kafka
import Lake
import TestSupport

/// The stages of the pipeline's own processes.
enum CrashStages {
  /// So many that each partition of four has trades.
  private static let symbols = ["BTC", "ETH", "SOL", "XRP", "ADA", "DOT", "LTC", "BCH"].map { $0 + "USDT" }

  static func all(seed: UInt64) -> CrashPlan.Stages {
    var random = SeededGenerator(seed: seed)
    let input = CrashInput(Capture.random(500, symbols: symbols, &random))
    return {
      [
        IngestStage(input: input), QueriesStage(input: input), SinkStage(input: input), LiveSinkStage(input: input),
        MaintenanceStage(input: input),
        RefusedIngestStage(input: input), RefusedQueriesStage(input: input), BrokerStage(), TornLogStage(),
      ]
    }
  }

  static let lanes = 6

  /// How many ingests may be at work on a scene's cluster: on one that is shared, each lane has its own.
  static func ingests(_ scene: Scene) -> Int { scene.hasOwnBroker ? 1 : lanes }

  /// Whether only a broker passes the point.
  static func isOfBroker(_ name: String) -> Bool {
    ["log.", "broker.", "registry."].contains { name.hasPrefix($0) }
  }
}

/// Trades for one scenario, with lines between them that are none.
struct CrashInput {
  let capture: Capture
  let broken: [String]
  let text: String
  /// The first part of the text, and the trades in it.
  let beginning: String
  static let queries = [CandleQuery.second, CandleQuery(name: "strict", size: "1 SECOND", grace: "0 SECONDS")]

  init(_ capture: Capture) {
    self.capture = capture
    var lines = capture.text.split(separator: "\n").map(String.init)
    broken = (0..<6).map { "no trade, number \($0)" }
    for (index, line) in broken.enumerated() { lines.insert(line, at: 1 + index * lines.count / 6) }
    text = lines.joined(separator: "\n") + "\n"
    beginning = lines.prefix(lines.count / 3).joined(separator: "\n") + "\n"
  }
}

/// `wick ingest` dies and is started again.
struct IngestStage: CrashStage {
  let name = "ingest"
  let input: CrashInput

  func play(_ spot: CrashSpot?) throws -> Played {
    var played = Played()
    let scene = try Scene()
    let sql = try scene.writeSQL([.second])
    let source = try scene.write("trades.csv", input.text)
    let arming = Arming(scene, spot)
    let process = try scene.start(scene.ingest(source, ["--rate", "1200"]), environment: arming.environment)
    try arming.end(process, &played)
    try scene.expectOpenTransactions(atMost: CrashStages.ingests(scene), prefix: "wick-ingest-", &played)
    try scene.finish(scene.ingest(source), &played)
    try scene.finish(scene.sink(sql, ["--until-end"]), &played)
    try scene.checkTrades(input, &played)
    return played
  }
}

/// `wick run` dies and is started again.
struct QueriesStage: CrashStage {
  let name = "queries"
  let input: CrashInput
  private static let workers = 3

  func play(_ spot: CrashSpot?) throws -> Played {
    var played = Played()
    let scene = try Scene()
    let sql = try scene.writeSQL(CrashInput.queries)
    try scene.finish(scene.ingest(scene.write("trades.csv", input.text)), &played)
    let arming = Arming(scene, spot)
    // Several workers, so that what a worker does once is done several times.
    let more = ["--until-end", "--final", "--workers", "\(Self.workers)"]
    let process = try scene.start(scene.queries(sql, more), environment: arming.environment)
    try arming.end(process, &played)
    try scene.expectOpenTransactions(atMost: Self.workers, prefix: "\(scene.mark)wick-main-", &played)
    try scene.finish(scene.queries(sql, more), &played)
    try scene.expectOpenTransactions(atMost: 0, prefix: "\(scene.mark)wick-main-", &played)
    try scene.finish(scene.sink(sql, ["--until-end"]), &played)
    try scene.checkCandles(input, CrashInput.queries, &played)
    try scene.finish(scene.verify(sql), &played)
    return played
  }
}

extension Scene {
  /// Runs `wick` to its end; anything but a good end is a finding.
  func finish(_ arguments: [String], _ played: inout Played) throws {
    let finished = try run(arguments, seconds: 60)
    played.expect(
      finished.code == 0,
      "wick \(arguments.first ?? ""), started again, ended with \(finished.code): \(finished.output)\(finished.errors)")
  }

  /// One whose end is decided is not open: its markers may come after the answer to the commit.
  func expectOpenTransactions(atMost limit: Int, prefix: String, _ played: inout Played) throws {
    var open: [String] = []
    let deadline = Date().addingTimeInterval(5)
    repeat {
      open = try RawRequests(bootstrap).openTransactions(prefix: prefix)
    } while open.count > limit && Date() < deadline
    played.expect(open.count <= limit, "open transactions: \(open)")
  }

  /// The tables of trades and of lines that are none, each row once; and per symbol in the order of the source.
  func checkTrades(_ input: CrashInput, _ played: inout Played) throws {
    played.expectSame(try trades(), input.capture.trades, "trades")
    let values = try records(invalidTopic).map { String(decoding: $0.value ?? [], as: UTF8.self) }
    played.expectSame(values, input.broken, "lines that are no trades")
    try checkOrigins(["bronze.trades", "bronze.invalid"], &played)
    let rows = try LakeRows(lake, "bronze.trades", ["venue", "symbol", "trade_id", "_offset"]).rows
    for (symbol, rows) in Dictionary(grouping: rows, by: { "\($0[0])/\($0[1])" }) {
      let ids = rows.sorted { (Int64($0[3]) ?? 0) < (Int64($1[3]) ?? 0) }.compactMap { Int64($0[2]) }
      played.expect(ids == ids.sorted(), "the trades of \(symbol) are out of order")
    }
  }

  /// Every record of the topics is in the table once, and every table can be read whole.
  func checkOrigins(_ tables: [String], _ played: inout Played) throws {
    for table in tables {
      let origins = try origins(table)
      played.expect(Set(origins).count == origins.count, "\(table) holds a record twice")
    }
  }

  /// Candles and late records by plain arithmetic.
  func checkCandles(
    _ input: CrashInput, _ queries: [CandleQuery], _ played: inout Played
  ) throws {
    let partitions = try partitions()
    for query in queries {
      let grace: Int64 = query.grace == "0 SECONDS" ? 0 : 2000
      let judged = input.capture.judged(widthMillis: 1000, graceMillis: grace) { partitions[$0] ?? "" }
      played.expectSame(
        try candles(query.name), Capture.candles(judged.onTime, widthMillis: 1000), "candles of \(query.name)")
      played.expectSame(try late(query.name), judged.late.map(\.identity), "late records of \(query.name)")
    }
    try checkOrigins(["bronze.trades", "silver.candles", "bronze.late", "bronze.invalid"], &played)
  }
}
