import Contracts
import Foundation
import Market
import Testing

@testable import Ingest

@Suite struct IngestPartsTests {
  private static let contract = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../contracts/trades.raw-value/1.avsc")

  @Test func `a position survives its encoding`() throws {
    var position = SourcePosition(line: 51_253, trades: 51_252, rejects: 1)
    position.commit = "a1-7"
    #expect(try SourcePosition(decoding: position.encoded) == position)
  }

  @Test(arguments: ["", "{}", "[]", #"{"line":"x","trades":1,"rejects":0}"#, #"{"line":-1,"trades":1,"rejects":0}"#])
  func `a position that cannot be read is an error, never a fresh start`(text: String) {
    #expect(throws: IngestError.self) { try SourcePosition(decoding: Array(text.utf8)) }
  }

  @Test func `a pacer spreads trades at its rate, or over event time at its speed`() {
    var unlimited = Pacer(.unlimited, startNanos: 5)
    #expect(unlimited.due(eventTime: 1) == nil)
    var rate = Pacer(.rate(4), startNanos: 1000)
    #expect((0..<3).map { _ in rate.due(eventTime: 0) } == [1000, 250_001_000, 500_001_000])
    var speed = Pacer(.speed(60), startNanos: 0)
    #expect([60_000_000, 120_000_000, 90_000_000, 0].map { speed.due(eventTime: $0) } == [0, 1_000_000_000, 500_000_000, 0])
  }

  @Test func `a trade is encoded as libavro reads it under the contract`() throws {
    let schema = try AvroSchema(json: String(contentsOf: Self.contract, encoding: .utf8))
    var encoder = try TradeEncoder(schema: schema, schemaID: 258)
    let trade = Trade(
      venue: "binance-usdm", symbol: "BTC-USDT", tradeID: 5_266_583_935, price: 6_180_030_000_000, quantity: -1 + (1 << 90),
      takerSide: .unknown, eventTime: 1_723_161_256_322_000, receivedTime: 1_723_161_255_088_176)
    var bytes: [UInt8] = []
    encoder.withEncoded(trade) { bytes = Array($0) }
    #expect(Array(bytes.prefix(5)) == [0, 0, 0, 1, 2])
    let decoded = try AvroReferenceCodec(schema).decode(Array(bytes.dropFirst(5)))
    guard case .record(let fields) = decoded else {
      Issue.record("not a record: \(decoded)")
      return
    }
    let values = Dictionary(uniqueKeysWithValues: zip(try schema.recordFields().map(\.name), fields))
    #expect(values["venue"] == .string("binance-usdm"))
    #expect(values["symbol"] == .string("BTC-USDT"))
    #expect(values["trade_id"] == .long(5_266_583_935))
    #expect(values["taker_side"] == .enumeration(2))
    #expect(values["event_time"] == .long(1_723_161_256_322_000))
    #expect(values["received_time"] == .long(1_723_161_255_088_176))
    // 6180030000000 and 2^90 - 1 as big-endian two's complement of minimal length.
    #expect(values["price"] == .bytes([0x05, 0x9e, 0xe6, 0x7e, 0x2b, 0x80]))
    #expect(values["quantity"] == .bytes([0x03] + [UInt8](repeating: 0xff, count: 11)))
  }
}
