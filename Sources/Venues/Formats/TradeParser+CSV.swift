import Market

extension TradeParser {
  static let captureHeader: StaticString =
    "recv_ns,market,symbol,trade_id,price,qty,trade_time_ms,event_time_ms,buyer_is_maker"

  /// `recv_ns, market, symbol, trade_id, price, qty, trade_time_ms, event_time_ms, buyer_is_maker`
  mutating func parseCaptureCSV(_ line: UnsafeBufferPointer<UInt8>, _ trades: inout [Trade]) throws(RejectReason) {
    if line.equals(Self.captureHeader) { return }
    let fields = CSVFields(line)
    guard fields.count == 9 else { throw .fieldCount }
    let venue = try captureVenue(fields[1])
    let received = try TimeUnit.nanoseconds.micros(fields[0])
    _ = try TimeUnit.milliseconds.micros(fields[7])
    trades.append(
      Trade(
        venue: venue, symbol: try canonicalSymbol(fields[2]), tradeID: try FieldParsing.tradeID(fields[3]),
        price: try FieldParsing.price(fields[4]), quantity: try FieldParsing.quantity(fields[5]),
        takerSide: try FieldParsing.flag(fields[8]) ? .sell : .buy,
        eventTime: try TimeUnit.milliseconds.micros(fields[6]), receivedTime: received))
  }

  private func captureVenue(_ market: UnsafeBufferPointer<UInt8>) throws(RejectReason) -> String {
    if market.equals("spot") { return "binance" }
    if market.equals("usdm") { return "binance-usdm" }
    throw .badMarket
  }

  /// Binance's public files: `id, price, qty, quoteQty, time, isBuyerMaker[, isBestMatch]`, with or without a header line.
  mutating func parseBinanceBulk(_ line: UnsafeBufferPointer<UInt8>, _ trades: inout [Trade]) throws(RejectReason) {
    if TradeFormat.isBulkHeader(line) { return }
    let fields = CSVFields(line)
    guard fields.count == 6 || fields.count == 7 else { throw .fieldCount }
    let unit = try bulkTimeUnit(fields[4])
    let trade = Trade(
      venue: venue, symbol: symbol, tradeID: try FieldParsing.tradeID(fields[0]), price: try FieldParsing.price(fields[1]),
      quantity: try FieldParsing.quantity(fields[2]), takerSide: try FieldParsing.flag(fields[5]) ? .sell : .buy,
      eventTime: try unit.micros(fields[4]), receivedTime: receivedNow)
    _ = try FieldParsing.quantity(fields[3])
    trades.append(trade)
  }

  // Spot files count microseconds from 2025-01-01 on, older and futures ones milliseconds; a file keeps to one of them.
  private mutating func bulkTimeUnit(_ text: UnsafeBufferPointer<UInt8>) throws(RejectReason) -> TimeUnit {
    if let bulkUnit { return bulkUnit }
    guard FieldParsing.integer(text) != nil else { throw .badTime }
    guard let unit = TimeUnit.detect(text), unit != .nanoseconds else { throw .timeUnit }
    bulkUnit = unit
    return unit
  }
}
