import Market

/// What one line of a source came to.
public enum LineOutcome: Equatable, Sendable {
  /// This many trades were added.
  case trades(Int)
  /// A line that rightly carries no trade: a header, a book update, a heartbeat, an answer to a subscription.
  case ignored
  case rejected(RejectReason)
}

/// Reads the lines of one source. Owned by one thread; no allocation per line.
public struct TradeParser {
  public let format: TradeFormat
  var symbols = SymbolTable()
  /// Venue for sources that do not say theirs.
  let venue: String
  /// Symbol for sources that do not say theirs (Binance bulk files).
  let symbol: String
  /// When a source has no receive time of its own, this is it: microseconds since the epoch.
  public var receivedNow: Int64
  /// The unit of a bulk file's times, settled by its first line.
  var bulkUnit: TimeUnit?

  public init(format: TradeFormat, venue: String, symbol: String, receivedNow: Int64) {
    self.format = format
    self.venue = venue
    self.symbol = symbol
    self.receivedNow = receivedNow
  }

  /// Adds the trades of `line` to `trades`. A rejected line adds none.
  public mutating func parse(_ line: UnsafeBufferPointer<UInt8>, into trades: inout [Trade]) -> LineOutcome {
    if line.isEmpty { return .ignored }
    let before = trades.count
    do throws(RejectReason) {
      guard Self.isUTF8(line) else { throw .invalidUTF8 }
      switch format {
      case .captureCSV: try parseCaptureCSV(line, &trades)
      case .binanceBulk: try parseBinanceBulk(line, &trades)
      case .webSocket: try parseWebSocket(line, &trades)
      }
    } catch {
      trades.removeLast(trades.count - before)
      return .rejected(error)
    }
    return trades.count > before ? .trades(trades.count - before) : .ignored
  }

  static func isUTF8(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    for byte in line where byte >= 0x80 { return String(validating: line, as: UTF8.self) != nil }
    return true
  }

  mutating func canonicalSymbol(_ raw: UnsafeBufferPointer<UInt8>) throws(RejectReason) -> String {
    guard let canonical = symbols.canonical(raw) else { throw .badSymbol }
    return canonical
  }
}

/// Splits a line at commas into up to `capacity` fields; quoting is not part of these formats.
struct CSVFields {
  private var bounds: (Int, Int, Int, Int, Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  let line: UnsafeBufferPointer<UInt8>
  let count: Int

  init(_ line: UnsafeBufferPointer<UInt8>) {
    self.line = line
    var found = 0
    withUnsafeMutableBytes(of: &bounds) { raw in
      let ends = raw.bindMemory(to: Int.self)
      for index in line.indices where line[index] == UInt8(ascii: ",") {
        if found < 9 { ends[found] = index }
        found += 1
      }
      if found < 9 { ends[found] = line.count }
    }
    count = found + 1
  }

  /// Field `index`, which must be below `count` and below 9.
  subscript(index: Int) -> UnsafeBufferPointer<UInt8> {
    withUnsafeBytes(of: bounds) { raw in
      let ends = raw.bindMemory(to: Int.self)
      let start = index == 0 ? 0 : ends[index - 1] + 1
      return UnsafeBufferPointer(rebasing: line[start..<ends[index]])
    }
  }
}
