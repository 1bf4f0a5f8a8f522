import Market

extension TradeParser {
  /// One message as a venue sent it, optionally with the recorder's receive time before it: nothing, `<ns> ` or `<s.µs>: `.
  mutating func parseWebSocket(_ line: UnsafeBufferPointer<UInt8>, _ trades: inout [Trade]) throws(RejectReason) {
    let (received, message) = try Self.splitReceiveTime(line)
    var fields = MessageFields()
    do throws(JSONCursor.Fault) {
      var cursor = JSONCursor(message)
      // A REST answer with several trades, or Kraken's lists, are entered by `read`; other arrays carry no trades.
      guard try cursor.peek() == .object else { throw JSONCursor.Fault() }
      try fields.read(&cursor)
      try cursor.finish()
    } catch {
      throw .malformed
    }
    try emit(fields, received: received, &trades)
  }

  private mutating func emit(_ fields: MessageFields, received: Int64?, _ trades: inout [Trade]) throws(RejectReason) {
    switch fields.kind {
    case .none: return
    case .binance: try emitBinance(fields, received, &trades)
    case .coinbase: try emitCoinbase(fields, received, &trades)
    case .kraken: try emitKraken(fields, received, &trades)
    }
  }

  private mutating func emitBinance(_ f: MessageFields, _ received: Int64?, _ trades: inout [Trade]) throws(RejectReason) {
    guard let symbol = f["s"], let id = f["t"], let price = f["p"], let quantity = f["q"], let time = f["T"], let maker = f["m"]
    else {
      throw .malformed
    }
    // Futures also report fills of the insurance fund and the like, at price 0: not trades of the market.
    if let execution = f["X"], !execution.equals("MARKET") { return }
    // Binance sends milliseconds unless asked for microseconds, which shows in the connection's URL, not in the message.
    let unit = TimeUnit.detect(time) == .microseconds ? TimeUnit.microseconds : .milliseconds
    let eventTime = try unit.micros(time)
    let sent = try Self.sendTime(f, unit)
    trades.append(
      Trade(
        venue: f["X"] != nil ? "binance-usdm" : "binance", symbol: try canonicalSymbol(symbol),
        tradeID: try FieldParsing.tradeID(id), price: try FieldParsing.price(price),
        quantity: try FieldParsing.quantity(quantity), takerSide: try FieldParsing.flag(maker) ? .sell : .buy,
        eventTime: eventTime, receivedTime: received ?? sent ?? eventTime))
  }

  private static func sendTime(_ f: MessageFields, _ unit: TimeUnit) throws(RejectReason) -> Int64? {
    guard let sent = f["E"] else { return nil }
    return try unit.micros(sent)
  }

  private mutating func emitCoinbase(_ f: MessageFields, _ received: Int64?, _ trades: inout [Trade]) throws(RejectReason) {
    guard let symbol = f["product_id"], let id = f["trade_id"], let price = f["price"], let size = f["size"],
      let time = f["time"],
      let side = f["side"]
    else { throw .malformed }
    let eventTime = try RFC3339.micros(time)
    trades.append(
      Trade(
        venue: "coinbase", symbol: try canonicalSymbol(symbol), tradeID: try FieldParsing.tradeID(id),
        price: try FieldParsing.price(price), quantity: try FieldParsing.quantity(size),
        // `side` is the maker's: a resting ask that was hit means that the taker bought.
        takerSide: try Self.side(side) == .sell ? .buy : .sell, eventTime: eventTime, receivedTime: received ?? eventTime))
  }

  private mutating func emitKraken(_ f: MessageFields, _ received: Int64?, _ trades: inout [Trade]) throws(RejectReason) {
    for item in f.items {
      var fields = MessageFields()
      do throws(JSONCursor.Fault) {
        var cursor = JSONCursor(item)
        try fields.read(&cursor)
      } catch {
        throw .malformed
      }
      guard let symbol = fields["symbol"], let id = fields["trade_id"], let price = fields["price"], let quantity = fields["qty"],
        let time = fields["timestamp"], let side = fields["side"]
      else { throw .malformed }
      let eventTime = try RFC3339.micros(time)
      trades.append(
        Trade(
          venue: "kraken", symbol: try canonicalSymbol(symbol), tradeID: try FieldParsing.tradeID(id),
          price: try FieldParsing.price(price), quantity: try FieldParsing.quantity(quantity), takerSide: try Self.side(side),
          eventTime: eventTime, receivedTime: received ?? eventTime))
    }
  }

  private static func side(_ text: UnsafeBufferPointer<UInt8>) throws(RejectReason) -> TakerSide {
    if text.equals("buy") { return .buy }
    if text.equals("sell") { return .sell }
    throw .badSide
  }

  private static func splitReceiveTime(
    _ line: UnsafeBufferPointer<UInt8>
  ) throws(RejectReason) -> (Int64?, UnsafeBufferPointer<UInt8>) {
    guard let first = line.first, first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9") else { return (nil, line) }
    guard let space = line.firstIndex(of: UInt8(ascii: " ")) else { throw .malformed }
    let message = UnsafeBufferPointer(rebasing: line[(space + 1)...])
    let stamp = UnsafeBufferPointer(rebasing: line[..<space])
    guard stamp.last == UInt8(ascii: ":") else { return (try TimeUnit.nanoseconds.micros(stamp), message) }
    let text = UnsafeBufferPointer(rebasing: stamp[..<(stamp.count - 1)])
    guard let micros = try? FixedDecimal.parse(text, precision: 18, scale: 6), micros >= 0 else { throw .badTime }
    return (Int64(micros), message)
  }
}
