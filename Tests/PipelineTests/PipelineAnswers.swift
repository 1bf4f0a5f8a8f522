import Foundation
import Testing

/// What a scene's lake holds, in the shapes of the expected values.
extension Scene {
  static let candleColumns = [
    "venue", "symbol", "window_start", "window_end", "open", "high", "low", "close", "volume", "quote_volume", "taker_buy_volume",
    "trades", "first_trade_id", "last_trade_id", "vwap", "revision", "interval",
  ]

  /// The candles of the query `name` as lines of the golden files. Checks what these do not hold: vwap and revision.
  func candles(_ name: String, table: String = "silver.candles") throws -> [String] {
    let interval = interval(name)
    return try LakeRows(lake, table, Self.candleColumns).rows.filter { $0[16] == interval }.map { row in
      let volume = try Exact.units(row[8], scale: 8)
      let quote = try Exact.units(row[9], scale: 16)
      let vwap = try Exact.units(row[14], scale: 16)
      let scaled = vwap * volume - quote * 100_000_000
      #expect(2 * scaled.magnitude <= volume.magnitude, "vwap is off by more than half a unit of its last digit")
      #expect(row[15] == "0")
      return try ([Self.market(row[0]), Self.wireSymbol(row[1]), Self.millis(row[2]), Self.millis(row[3])] + row[4..<14])
        .joined(separator: ",")
    }
  }

  func trades() throws -> [String] {
    try LakeRows(
      lake, "bronze.trades",
      ["venue", "symbol", "trade_id", "price", "quantity", "taker_side", "event_time", "received_time"]
    ).rows.map { $0.joined(separator: ",") }
  }

  /// Identities of the records that came too late for the query `name`.
  func late(_ name: String) throws -> [String] {
    let query = query(name)
    return try LakeRows(lake, "bronze.late", ["venue", "symbol", "trade_id", "query", "reason"]).rows.filter { $0[3] == query }
      .map { row in
        #expect(row[4] == "late")
        return "\(try Self.market(row[0]))/\(Self.wireSymbol(row[1]))/\(row[2])"
      }
  }

  /// The partition each symbol's trades went to, by the symbol as the capture writes it.
  func partitions() throws -> [String: String] {
    try LakeRows(lake, "bronze.trades", ["symbol", "_partition"]).rows.reduce(into: [:]) { $0[Self.wireSymbol($1[0])] = $1[1] }
  }

  /// Every place in a topic a table has a row from; each may occur once.
  func origins(_ table: String) throws -> [String] {
    try LakeRows(lake, table, ["_topic", "_partition", "_offset"]).rows.map { $0.joined(separator: "/") }
  }

  private static func market(_ venue: String) throws -> String {
    switch venue {
    case "binance": return "spot"
    case "binance-usdm": return "usdm"
    default: throw LakeRows.Wrong()
    }
  }

  private static func wireSymbol(_ symbol: String) -> String { symbol.replacingOccurrences(of: "-", with: "") }

  private static func millis(_ micros: String) throws -> String {
    guard micros.hasSuffix("000") else { throw LakeRows.Wrong() }
    return String(micros.dropLast(3))
  }
}

/// sha256 of identities, sorted by market, symbol and number, one a line.
func fingerprint(_ identities: [String]) throws -> String {
  let sorted = identities.map { $0.split(separator: "/") }.sorted {
    ($0[0], $0[1], Int64($0[2]) ?? 0) < ($1[0], $1[1], Int64($1[2]) ?? 0)
  }
  let text = sorted.map { $0.joined(separator: "/") + "\n" }.joined()
  return String(String(decoding: try Tool.run("/usr/bin/sha256sum", [], input: Data(text.utf8)), as: UTF8.self).prefix(64))
}
