import Contracts
import Market

/// Writes trades as `trades.raw-value` version 1 records in the Confluent frame. Owned by one thread; no allocation per trade.
struct TradeEncoder: ~Copyable {
  private var writer = AvroRecordWriter()
  private let schemaID: Int32
  private let buy: Int
  private let sell: Int
  private let unknown: Int

  /// The fields of the contract, in the order in which `encode` writes them.
  private static let fields = ["venue", "symbol", "trade_id", "price", "quantity", "taker_side", "event_time", "received_time"]

  /// Fails when the registered schema is not the one this encoder was written for.
  init(schema: AvroSchema, schemaID: Int32) throws(IngestError) {
    let fields: [AvroType.Field]
    do { fields = try schema.recordFields() } catch { throw IngestError(error) }
    guard fields.map(\.name) == Self.fields, case .enumeration(let sides) = schema.resolve(fields[5].type).shape,
      let buy = sides.symbols.firstIndex(of: TakerSide.buy.rawValue),
      let sell = sides.symbols.firstIndex(of: TakerSide.sell.rawValue),
      let unknown = sides.symbols.firstIndex(of: TakerSide.unknown.rawValue)
    else {
      throw IngestError(
        .badInput,
        "The contract of trades has other fields than \(Self.fields.joined(separator: ", ")). Use the contracts/ of this version of wick."
      )
    }
    self.schemaID = schemaID
    self.buy = buy
    self.sell = sell
    self.unknown = unknown
  }

  /// Encodes `trade` and hands its bytes to `body`, valid during the call.
  mutating func withEncoded<E: Error>(_ trade: Trade, _ body: (UnsafeRawBufferPointer) throws(E) -> Void) throws(E) {
    writer.begin(schemaID: schemaID)
    writer.string(trade.venue)
    writer.string(trade.symbol)
    writer.long(trade.tradeID)
    writer.decimal(trade.price)
    writer.decimal(trade.quantity)
    writer.enumeration(trade.takerSide == .buy ? buy : trade.takerSide == .sell ? sell : unknown)
    writer.long(trade.eventTime)
    writer.long(trade.receivedTime)
    try writer.withBytes(body)
  }
}
