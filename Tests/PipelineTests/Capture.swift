import Foundation
import TestSupport
import Testing

/// A capture of trades in arrival order, and by plain arithmetic what is to become of it.
struct Capture {
  struct Row {
    var receivedNanos: Int64
    var market: String
    var symbol: String
    var id: Int64
    var price: Int128
    var quantity: Int128
    var timeMillis: Int64
    var buyerIsMaker: Bool

    var identity: String { "\(market)/\(symbol)/\(id)" }
  }

  static let header = "recv_ns,market,symbol,trade_id,price,qty,trade_time_ms,event_time_ms,buyer_is_maker"

  var rows: [Row]

  init(rows: [Row]) { self.rows = rows }

  init(text: String) throws {
    rows = try text.split(separator: "\n").dropFirst().map { line in
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      guard fields.count == 9, let received = Int64(fields[0]), let id = Int64(fields[3]), let time = Int64(fields[6]) else {
        throw LakeRows.Wrong()
      }
      return Row(
        receivedNanos: received, market: String(fields[1]), symbol: String(fields[2]), id: id,
        price: try Exact.units(fields[4], scale: 8), quantity: try Exact.units(fields[5], scale: 8), timeMillis: time,
        buyerIsMaker: fields[8] == "1")
    }
  }

  /// The file these rows came from, or would have.
  var text: String {
    ([Self.header]
      + rows.map {
        "\($0.receivedNanos),\($0.market),\($0.symbol),\($0.id),\(Exact.text($0.price, scale: 8)),"
          + "\(Exact.text($0.quantity, scale: 8)),\($0.timeMillis),\($0.timeMillis + 1),\($0.buyerIsMaker ? 1 : 0)"
      }).joined(separator: "\n") + "\n"
  }

  /// Trades of two markets and some symbols, up to 250 ms out of order across them.
  static func random(
    _ count: Int, symbols: [String] = ["BTCUSDT", "ETHUSDT"], _ random: inout SeededGenerator
  ) -> Capture {
    var ids: [String: Int64] = [:]
    var time: Int64 = 1_723_161_255_000
    let rows = (0..<count).map { _ -> Row in
      time += Int64.random(in: 0...12, using: &random)
      let market = Bool.random(using: &random) ? "spot" : "usdm"
      let symbol = symbols.randomElement(using: &random) ?? ""
      let lag = market == "usdm" ? Int64.random(in: 0...250, using: &random) : 0
      ids[market + symbol, default: 1000] += 1
      return Row(
        receivedNanos: time * 1_000_000 - 1_270_000_000, market: market, symbol: symbol, id: ids[market + symbol] ?? 0,
        price: Int128.random(in: 1...7_000_000_000_000, using: &random),
        quantity: Int128.random(in: 1...1_000_000_000, using: &random), timeMillis: time - lag,
        buyerIsMaker: Bool.random(using: &random))
    }
    return Capture(rows: rows)
  }

  /// Each row as the table of trades shows it.
  var trades: [String] {
    rows.map {
      [
        $0.market == "spot" ? "binance" : "binance-usdm", $0.symbol.dropLast(4) + "-USDT", String($0.id),
        Exact.text($0.price, scale: 8), Exact.text($0.quantity, scale: 8), $0.buyerIsMaker ? "SELL" : "BUY",
        String($0.timeMillis * 1000), String($0.receivedNanos / 1000),
      ].joined(separator: ",")
    }
  }

  /// Splits the rows by whether their window had closed: its end lies at or before the largest time seen in the partition of
  /// the row's symbol, less the grace.
  func judged(widthMillis: Int64, graceMillis: Int64, partition: (String) -> String) -> (onTime: [Row], late: [Row]) {
    var largest: [String: Int64] = [:]
    var onTime: [Row] = []
    var late: [Row] = []
    for row in rows {
      let place = partition(row.symbol)
      let end = row.timeMillis / widthMillis * widthMillis + widthMillis
      largest[place] = max(largest[place] ?? row.timeMillis, row.timeMillis)
      if end <= (largest[place] ?? 0) - graceMillis { late.append(row) } else { onTime.append(row) }
    }
    return (onTime, late)
  }

  /// The candles of `rows`, as lines of the golden files.
  static func candles(_ rows: [Row], widthMillis: Int64) -> [String] {
    var windows: [String: [Row]] = [:]
    for row in rows {
      windows["\(row.market),\(row.symbol),\(row.timeMillis / widthMillis * widthMillis)", default: []].append(row)
    }
    return windows.map { key, rows in
      let sorted = rows.sorted { ($0.timeMillis, $0.id) < ($1.timeMillis, $1.id) }
      let prices = rows.map(\.price)
      let start = Int64(key.split(separator: ",")[2]) ?? 0
      func text(_ value: Int128?, _ scale: Int = 8) -> String { Exact.text(value ?? 0, scale: scale) }
      return [
        key, String(start + widthMillis), text(sorted.first?.price), text(prices.max()), text(prices.min()),
        text(sorted.last?.price),
        text(rows.reduce(0) { $0 + $1.quantity }), text(rows.reduce(0) { $0 + $1.price * $1.quantity }, 16),
        text(rows.reduce(0) { $0 + ($1.buyerIsMaker ? 0 : $1.quantity) }), String(rows.count),
        String(rows.map(\.id).min() ?? 0), String(rows.map(\.id).max() ?? 0),
      ].joined(separator: ",")
    }
  }
}

/// Recorded trades with exact answers, in the folder that `WICK_TEST_DATA` names.
enum Recorded {
  static let folder: String? = {
    guard let path = ProcessInfo.processInfo.environment["WICK_TEST_DATA"], !path.isEmpty,
      FileManager.default.fileExists(atPath: "\(path)/derived")
    else {
      print("SKIPPED: tests on recorded trades, since WICK_TEST_DATA names no folder that holds derived/")
      return nil
    }
    return "\(path)/derived"
  }()

  static func path(_ name: String) -> String { "\(folder ?? "")/\(name)" }

  static func text(_ name: String) throws -> String {
    guard name.hasSuffix(".gz") else { return try String(contentsOfFile: path(name), encoding: .utf8) }
    return String(decoding: try Tool.run("/usr/bin/gzip", ["-dc", path(name)]), as: UTF8.self)
  }

  static func lines(_ name: String) throws -> [String] {
    try text(name).split(separator: "\n").dropFirst().map(String.init)
  }
}

/// Other programs' answers.
enum Tool {
  /// What a program writes to standard output, given `input`.
  static func run(_ program: String, _ arguments: [String], input: Data = Data()) throws -> Data {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("wick-input-\(UUID().uuidString)")
    try input.write(to: file)
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: file)
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try FileManager.default.removeItem(at: file)
    return data
  }
}
