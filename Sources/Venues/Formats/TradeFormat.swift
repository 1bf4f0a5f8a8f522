/// The shapes of text a source can have.
public enum TradeFormat: String, Sendable, CaseIterable {
  /// CSV of recorded trades of several markets, with a header line.
  case captureCSV = "capture-csv"
  /// Binance's public bulk files (trades).
  case binanceBulk = "binance-bulk"
  /// Recorded WebSocket messages of Binance, Coinbase Exchange or Kraken v2, one a line.
  case webSocket = "websocket"

  /// Tells the format by a source's first lines; nil when it is none of them.
  public static func detect(_ line: UnsafeBufferPointer<UInt8>) -> TradeFormat? {
    if line.equals(TradeParser.captureHeader) { return .captureCSV }
    if isBulkHeader(line) || looksLikeBulk(line) { return .binanceBulk }
    if looksLikeCapture(line) { return .captureCSV }
    return looksLikeMessage(line) ? .webSocket : nil
  }

  /// `id,price,qty,quote_qty,time,is_buyer_maker` in the spellings Binance has used.
  static func isBulkHeader(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    let fields = CSVFields(line)
    guard fields.count == 6 || fields.count == 7 else { return false }
    return (fields[0].equals("id") || fields[0].equals("trade_id")) && fields[1].equals("price") && fields[2].equals("qty")
  }

  private static func looksLikeBulk(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    let fields = CSVFields(line)
    guard fields.count == 6 || fields.count == 7 else { return false }
    return FieldParsing.integer(fields[0]) != nil && TimeUnit.detect(fields[4]) != nil
      && (try? FieldParsing.flag(fields[5])) != nil
  }

  private static func looksLikeCapture(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    let fields = CSVFields(line)
    guard fields.count == 9 else { return false }
    return TimeUnit.detect(fields[0]) == .nanoseconds && (fields[1].equals("spot") || fields[1].equals("usdm"))
  }

  private static func looksLikeMessage(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let brace = line.prefix(40).firstIndex(of: UInt8(ascii: "{")) else { return false }
    let head = line[..<brace]
    guard head.allSatisfy({ ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || ". :".utf8.contains($0) }) else {
      return false
    }
    var cursor = JSONCursor(UnsafeBufferPointer(rebasing: line[brace...]))
    do throws(JSONCursor.Fault) {
      try cursor.skip()
      try cursor.finish()
      return true
    } catch {
      return false
    }
  }
}
