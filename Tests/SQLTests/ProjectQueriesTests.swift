import Foundation
import Testing

@testable import SQL

/// The files of `sql/`: what they mean, and that they agree with the contracts of their topics.
@Suite struct ProjectQueriesTests {
  private static let candles = """
    CTAS_CANDLES_1M
      sink       TABLE CANDLES_1M to topic candles.1m, key DELIMITED, value AVRO
      late       topic trades.late
      select     VENUE STRING KEY = VENUE
      select     SYMBOL STRING KEY = SYMBOL
      select     WINDOW_START TIMESTAMP = FROM_UNIXTIME(WINDOWSTART)
      select     WINDOW_END TIMESTAMP = FROM_UNIXTIME(WINDOWEND)
      select     OPEN DECIMAL(18, 8) = #0
      select     HIGH DECIMAL(18, 8) = #1
      select     LOW DECIMAL(18, 8) = #2
      select     CLOSE DECIMAL(18, 8) = #3
      select     VOLUME DECIMAL(38, 8) = #4
      select     QUOTE_VOLUME DECIMAL(38, 16) = #5
      select     VWAP DECIMAL(38, 16) = #6
      select     TAKER_BUY_VOLUME DECIMAL(38, 8) = #7
      select     TRADES BIGINT = #8
      select     FIRST_TRADE_ID BIGINT = #9
      select     LAST_TRADE_ID BIGINT = #10
      select     REVISION INT = 0
      emit       FINAL
      aggregate  #0 DECIMAL(18, 8) = FIRST_BY(PRICE, EVENT_TIME, TRADE_ID)
      aggregate  #1 DECIMAL(18, 8) = MAX(PRICE)
      aggregate  #2 DECIMAL(18, 8) = MIN(PRICE)
      aggregate  #3 DECIMAL(18, 8) = LAST_BY(PRICE, EVENT_TIME, TRADE_ID)
      aggregate  #4 DECIMAL(38, 8) = SUM(QUANTITY)
      aggregate  #5 DECIMAL(38, 16) = SUM((PRICE * QUANTITY))
      aggregate  #6 DECIMAL(38, 16) = VWAP(PRICE, QUANTITY)
      aggregate  #7 DECIMAL(38, 8) = SUM(CASE WHEN (TAKER_SIDE = 'BUY') THEN QUANTITY ELSE 0.00000000 END)
      aggregate  #8 BIGINT = COUNT(*)
      aggregate  #9 BIGINT = MIN(TRADE_ID)
      aggregate  #10 BIGINT = MAX(TRADE_ID)
      group      VENUE, SYMBOL
      window     TUMBLING size 1 MINUTE, grace 10 SECONDS
      source     STREAM TRADES from topic trades.raw, key KAFKA, value AVRO
      time       EVENT_TIME
      distinct   by VENUE, SYMBOL, TRADE_ID within 1 HOUR
      invalid    topic trades.invalid
    """

  private static let volatility = """
    CTAS_VOLATILITY_5M
      sink       TABLE VOLATILITY_5M to topic volatility.5m, key DELIMITED, value AVRO
      late       topic trades.late
      select     VENUE STRING KEY = VENUE
      select     SYMBOL STRING KEY = SYMBOL
      select     WINDOW_START TIMESTAMP = FROM_UNIXTIME(WINDOWSTART)
      select     WINDOW_END TIMESTAMP = FROM_UNIXTIME(WINDOWEND)
      select     PRICE_STDDEV DOUBLE = #0
      select     PRICE_MEAN DOUBLE = #1
      select     LOW DECIMAL(18, 8) = #2
      select     HIGH DECIMAL(18, 8) = #3
      select     VWAP DECIMAL(38, 16) = #4
      select     TRADES BIGINT = #5
      emit       FINAL
      aggregate  #0 DOUBLE = STDDEV_SAMP(PRICE)
      aggregate  #1 DOUBLE = AVG(PRICE)
      aggregate  #2 DECIMAL(18, 8) = MIN(PRICE)
      aggregate  #3 DECIMAL(18, 8) = MAX(PRICE)
      aggregate  #4 DECIMAL(38, 16) = VWAP(PRICE, QUANTITY)
      aggregate  #5 BIGINT = COUNT(*)
      group      VENUE, SYMBOL
      window     HOPPING size 5 MINUTES, advance 1 MINUTE, grace 10 SECONDS
      source     STREAM TRADES from topic trades.raw, key KAFKA, value AVRO
      time       EVENT_TIME
      distinct   by VENUE, SYMBOL, TRADE_ID within 1 HOUR
      invalid    topic trades.invalid
    """

  @Test func `the queries are planned in the order of their files`() throws {
    let plans = try SQLProgram.plan(try projectQueries())
    #expect(
      plans.map(\.id) == ["CTAS_CANDLES_1S", "CTAS_CANDLES_1M", "CTAS_CANDLES_5M", "CTAS_CANDLES_1H", "CTAS_VOLATILITY_5M"])
    #expect(
      plans.map(\.sink.topic) == ["candles.1s", "candles.1m", "candles.5m", "candles.1h", "volatility.5m"])
  }

  @Test(arguments: [
    ("1S", "1 SECOND", "2 SECONDS"), ("1M", "1 MINUTE", "10 SECONDS"), ("5M", "5 MINUTES", "10 SECONDS"),
    ("1H", "1 HOUR", "10 SECONDS"),
  ])
  func `candles of every interval differ in their window alone`(interval: String, size: String, grace: String) throws {
    let plan = try #require(try SQLProgram.plan(try projectQueries()).first { $0.id == "CTAS_CANDLES_\(interval)" })
    let expected = Self.candles
      .replacingOccurrences(of: "CANDLES_1M", with: "CANDLES_\(interval)")
      .replacingOccurrences(of: "candles.1m", with: "candles.\(interval.lowercased())")
      .replacingOccurrences(of: "1 MINUTE, grace 10 SECONDS", with: "\(size), grace \(grace)")
    #expect(PlanPrinter.text(plan) == expected)
  }

  @Test func `volatility hops`() throws {
    let plan = try #require(try SQLProgram.plan(try projectQueries()).last)
    #expect(PlanPrinter.text(plan) == Self.volatility)
  }

  @Test func `columns are those of the topics' contracts`() throws {
    let plans = try SQLProgram.plan(try projectQueries())
    for plan in plans where plan.sink.topic.hasPrefix("candles.") {
      #expect(try contract(plan.sink.topic) == plan.projection.map { Self.avro($0.field) }, "\(plan.id)")
    }
    // The side is an enum in the contract and a STRING here.
    let trades = try contract("trades.raw").map { $0 == "taker_side enum" ? "taker_side string" : $0 }
    #expect(trades == plans[0].source.columns.map(Self.avro))
  }

  private static func avro(_ field: Field) -> String {
    let type =
      switch field.type {
      case .string: "string"
      case .integer: "int"
      case .bigint: "long"
      case .timestamp: "timestamp-micros"
      case .decimal(let precision, let scale): "decimal \(precision) \(scale)"
      default: "\(field.type)"
      }
    return field.name.lowercased() + " " + type
  }

  /// Name and type of each field of a value's first contract.
  private func contract(_ topic: String) throws -> [String] {
    let data = try Data(contentsOf: projectFolder("contracts").appending(path: "\(topic)-value/1.avsc"))
    let schema = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let fields = try #require(schema["fields"] as? [[String: Any]])
    return try fields.map { field in
      let name = try #require(field["name"] as? String)
      if let type = field["type"] as? String { return "\(name) \(type)" }
      let type = try #require(field["type"] as? [String: Any])
      let kind = (type["logicalType"] ?? type["type"]) as? String ?? ""
      let digits = [type["precision"], type["scale"]].compactMap { $0 as? Int }.map { " \($0)" }.joined()
      return "\(name) \(kind)\(digits)"
    }
  }
}
