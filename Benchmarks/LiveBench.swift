import Foundation
import HTTPServing
import Logging
import Market
import MarketAPI

#if canImport(Glibc)
  import Glibc
#endif

/// A thousand clients that follow the market: how long a change takes to each of them, and what that costs the server.
///
/// The feed puts its changes where the readers of topics put theirs. A change counts as told when a client reads it or a newer one of
/// the same window, so that what is merged away counts with the whole time for which it was not known.
enum LiveBench {
  static let clients = 1_000
  static let symbols = 10
  static let seconds = 20
  /// Microseconds between two changes of each window that forms.
  static let period: Int64 = 100_000
  private static let intervals: [(name: String, size: Int64)] = [("1m", 60_000), ("5m", 300_000)]
  private static let first: Int64 = 1_723_161_600_000
  /// Windows of each series that are there before, and come in the snapshot.
  private static let history: Int64 = 300

  static func rows() throws -> [Row] {
    try [("events", "Server-Sent Events"), ("socket", "WebSocket")].flatMap { way, name in
      try [1, symbols].flatMap { try rows(way, name, following: $0) }
    }
  }

  private static func rows(_ way: String, _ name: String, following count: Int) throws -> [Row] {
    let server = try Child.bench("live-server")
    defer { server.kill() }
    let words = (server.readLine() ?? "").split(separator: " ")
    guard words.count == 3, words[0] == "ready" else { throw BenchError("the server did not start") }
    let load = try Child.bench("live-load", String(words[1]), String(words[2]), way, "\(count)")
    guard load.readLine() == "warm" else { throw BenchError("not all clients were told something") }
    let (cpu, begin) = (server.cpuSeconds, Measure.now)
    var result: [String: Double] = [:]
    while let line = load.readLine() {
      let words = line.split(separator: " ")
      if words.count == 2, let value = Double(words[1]) { result[String(words[0])] = value }
      if words.first == "rate" { result["cpu"] = (server.cpuSeconds - cpu) / (Measure.now - begin) * 100 }
    }
    guard load.wait() == 0, let tail = result["p99_ms"], let median = result["p50_ms"], let rate = result["rate"] else {
      throw BenchError("the clients did not follow to the end")
    }
    let path = "\(name), \(clients) clients, each \(count) symbols × 1m, 5m"
    let peak = server.peakMegabytes
    return [
      .atMost(
        1_300, path, "change → client ≤ 300 ms + 1 s p99", tail,
        "\(number(tail, 0)) ms p99, \(number(median, 0)) ms median; \(number(rate, 0)) events/s, \(number(result["candles"] ?? .nan, 0)) candles/s, \(number(result["megabytes"] ?? .nan, 1)) MB/s"
      ),
      .atLeast(
        Double(clients), "clients that are told to the end", "all", Double(clients) - (result["dropped"] ?? .nan),
        "\(number(Double(clients) - (result["dropped"] ?? .nan), 0))"),
      .atMost(
        300, "peak resident of that server", "≤ 300 MB", peak,
        "\(number(peak, 0)) MB; \(number(result["cpu"] ?? .nan, 0)) % of one core"),
    ]
  }

  // MARK: The server

  /// Serves a market that changes at a steady rate, and stays until it is killed.
  static func serve() throws {
    let state = MarketState(epoch: "bench")
    state.change { board in
      for window in -history..<0 { put(window, trades: 1, isFinal: true, board: &board) }
    }
    let routes = MarketRoutes(state: state, configuration: MarketConfiguration { Int64(Date().timeIntervalSince1970 * 1000) })
    var limits = HTTPLimits()
    limits.connections = 2 * clients
    var logger = Logger(label: "wick.bench")
    logger.logLevel = .error
    let listener = HTTPListener(host: "127.0.0.1", port: 0, limits: limits, logger: logger) { request, _ in
      await routes.respond(request)
    }
    let port = try listener.start()
    let base = Int64(Measure.now * 1e6)
    say("ready \(port) \(base)")
    for tick in Int64(1)... {
      let wait = base + tick * period - Int64(Measure.now * 1e6)
      if wait > 0 { usleep(UInt32(wait)) }
      state.change { put(0, trades: tick, isFinal: false, board: &$0) }
    }
  }

  /// Changes one window of each series; its number of trades says when.
  private static func put(_ window: Int64, trades: Int64, isFinal: Bool, board: inout MarketBoard) {
    let price = FixedDecimal(unscaled: 6_097_412_000_000 + Int128(trades % 1_000) * 1_000_000, scale: 8)
    for symbol in 0..<symbols {
      for (name, size) in intervals {
        let row = CandleRow(
          start: first + window * size, end: first + (window + 1) * size, open: price, high: price, low: price, close: price,
          volume: FixedDecimal(unscaled: 1_234_567_890, scale: 8), quoteVolume: price, vwap: price, trades: trades,
          isFinal: isFinal)
        board.put(row, to: SeriesKey(venue: "binance", symbol: "S\(symbol)-USDT", interval: name))
      }
    }
  }
}
