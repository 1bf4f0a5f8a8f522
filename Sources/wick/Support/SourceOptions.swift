import ArgumentParser
import Foundation
import Ingest
import Venues

/// Which trades to bring in, and how fast.
struct SourceOptions: ParsableArguments {
  @Option(help: "sim, a file (plain or gzip), or - for standard input.")
  var source: String?

  @Option(help: "Format of the file: capture-csv, binance-bulk or websocket (default: told by its first lines).")
  var format: String?

  @Option(help: "Venue, for files that do not name it (default binance).")
  var venue: String?

  @Option(help: "Symbol, for files that do not name it, such as BTCUSDT.")
  var symbol: String?

  @Option(help: "Only these canonical symbols, comma-separated: BTC-USDT,ETH-USDT. For sim: which to make up.")
  var symbols: String?

  @Option(help: "Trades per second at most. For sim: also the rate of event time.")
  var rate: Double?

  @Option(help: "Replay at this multiple of event time.")
  var speed: Double?

  @Flag(help: "Send the whole source again, whatever an earlier run has sent.")
  var fromStart = false

  @Option(help: "sim: seed.")
  var seed: UInt64 = 1

  @Option(help: "sim: number of distinct trades; 0 = endless.")
  var count: Int64?

  @Option(help: "sim: share of trades out of order.")
  var disorder: Double = 0.05

  @Option(help: "sim: share of trades sent twice.")
  var duplicates: Double = 0.001

  @Option(help: "sim: share of late trades.")
  var late: Double = 0.0005

  func validate() throws {
    if let rate, !(rate > 0) { throw ValidationError("--rate must be above 0.") }
    if let speed, !(speed > 0) { throw ValidationError("--speed must be above 0.") }
    if rate != nil, speed != nil { throw ValidationError("Give --rate or --speed, not both.") }
    for (name, share) in [("disorder", disorder), ("duplicates", duplicates), ("late", late)] where !(0...1).contains(share) {
      throw ValidationError("--\(name) is a share from 0 to 1.")
    }
    if let format, TradeFormat(rawValue: format) == nil {
      throw ValidationError("--format is one of \(TradeFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
  }

  /// - Parameter simulatedCount: trades of a simulation whose length was not given; nil = endless.
  func specification(simulatedCount: Int64?) throws -> SourceSpecification {
    guard let source = try Settings().value("source", flag: source) else {
      throw Failure(.usage, "Name a source: --source sim, --source FILE or --source -.")
    }
    guard source != "sim" else { return .simulator(simulation(simulatedCount)) }
    if source == "binance" || source == "coinbase" {
      throw Failure(.usage, "Live feeds are not part of this version; give a recording or a bulk file of \(source).")
    }
    let path = source == "-" ? source : URL(fileURLWithPath: source).standardizedFileURL.path
    return .file(.init(path: path, format: format.flatMap(TradeFormat.init(rawValue:)), venue: venue, symbol: symbol))
  }

  private func simulation(_ simulatedCount: Int64?) -> Simulator.Options {
    var options = Simulator.Options(seed: seed, disorder: disorder, duplicates: duplicates, late: late)
    options.count = count.map { $0 == 0 ? nil : $0 } ?? simulatedCount
    if let rate { options.rate = rate }
    if let symbolList { options.symbols = symbolList }
    // An endless simulation goes on in step with the clock, so its event time is the clock's.
    if options.count == nil {
      options.start = Int64(Date().timeIntervalSince1970) * 1_000_000
      options.firstID = options.start
    }
    return options
  }

  private var symbolList: [String]? {
    symbols?.split(separator: ",").map { SymbolTable.canonical(String($0)) ?? String($0) }
  }

  var keptSymbols: Set<String>? { source == "sim" ? nil : symbolList.map(Set.init) }

  func pace(isEndless: Bool) -> Pacer.Mode {
    if let speed { return .speed(speed) }
    if let rate { return .rate(rate) }
    return isEndless ? .rate(1000) : .unlimited
  }
}
