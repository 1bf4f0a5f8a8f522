import Contracts
import Foundation
import Market
import Venues

/// The trades that are measured with: made up, the same on every machine.
enum SampleTrades {
  static let seed: UInt64 = 20_240_101
  static let symbols = ["BTC", "ETH", "SOL", "XRP", "DOGE", "ADA", "BNB", "AVAX", "LTC", "DOT"].map { "\($0)-USDT" }
  static let contracts = "contracts"

  /// A thousand trades a second, 5 % out of order, 0.1 % twice, 0.05 % late.
  static func options(count: Int64) -> Simulator.Options {
    Simulator.Options(seed: seed, symbols: symbols, rate: 1000, count: count)
  }

  static func schema() throws -> AvroSchema {
    try AvroSchema(json: String(contentsOfFile: "\(contracts)/trades.raw-value/1.avsc", encoding: .utf8))
  }

  /// Writes `count` trades in the format of recorded trades.
  static func writeCSV(to path: String, count: Int64) throws {
    var simulator = Simulator(options(count: count))
    guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path) else {
      throw BenchError("\(path) cannot be written")
    }
    var text = "recv_ns,market,symbol,trade_id,price,qty,trade_time_ms,event_time_ms,buyer_is_maker\n"
    while let trade = simulator.next() {
      let time = trade.eventTime / 1000
      text +=
        "\(trade.receivedTime * 1000),spot,\(trade.symbol.filter { $0 != "-" }),\(trade.tradeID),\(decimal(Int128(trade.price))),"
      text += "\(decimal(trade.quantity)),\(time),\(time),\(trade.takerSide == .sell ? 1 : 0)\n"
      if text.utf8.count > 1 << 20 {
        try file.write(contentsOf: Data(text.utf8))
        text = ""
      }
    }
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
  }

  private static func decimal(_ unscaled: Int128) -> String {
    let fraction = String(Int64(unscaled % 100_000_000))
    return "\(unscaled / 100_000_000).\(String(repeating: "0", count: 8 - fraction.count))\(fraction)"
  }

  /// Encodes `trade` as its contract says, for schema id `schemaID`.
  static func encode(_ trade: Trade, _ schemaID: Int32, _ writer: inout AvroRecordWriter) {
    writer.begin(schemaID: schemaID)
    writer.string(trade.venue)
    writer.string(trade.symbol)
    writer.long(trade.tradeID)
    writer.decimal(trade.price)
    writer.decimal(trade.quantity)
    writer.enumeration(trade.takerSide == .buy ? 0 : 1)
    writer.long(trade.eventTime)
    writer.long(trade.receivedTime)
  }
}
