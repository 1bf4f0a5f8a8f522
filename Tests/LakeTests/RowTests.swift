import Columns
import Contracts
import Iceberg
import Kafka
import Testing

@testable import Lake

@Suite struct `Tables and rows` {
  static let trade = """
    {"type":"record","name":"Trade","namespace":"wick","fields":[{"name":"venue","type":"string"},
    {"name":"symbol","type":"string"},
    {"name":"trade_id","type":"long"},{"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":18,"scale":8}},
    {"name":"quantity","type":{"type":"bytes","logicalType":"decimal","precision":28,"scale":8}},
    {"name":"taker_side","type":{"type":"enum","name":"TakerSide","symbols":["BUY","SELL","UNKNOWN"]}},
    {"name":"event_time","type":{"type":"long","logicalType":"timestamp-micros"}},
    {"name":"received_time","type":{"type":"long","logicalType":"timestamp-micros"}}]}
    """

  @Test(arguments: [
    ("trades.raw", "bronze.trades"), ("trades.late", "bronze.late"), ("trades.invalid", "bronze.invalid"),
    ("candles.1m", "silver.candles"), ("volatility.5m", "silver.volatility_5m"), ("MY-topic.X", "silver.my_topic_x"),
  ])
  func `topics go to the tables of the house`(_ topic: String, _ table: String) {
    #expect(TopicTable.standard(topic: topic).table.description == table)
  }

  @Test func `the interval is the topic's suffix`() {
    #expect(TopicTable.standard(topic: "candles.1h").kind == .candles(interval: "1h"))
  }

  @Test func `a layout has the contract's fields and the record's origin`() throws {
    let layout = try TableLayout(.trades, try AvroSchema(json: Self.trade))
    #expect(
      layout.columns.map(\.name) == [
        "venue", "symbol", "trade_id", "price", "quantity", "taker_side", "event_time", "received_time", "_topic", "_partition",
        "_offset",
      ])
    #expect(layout.schema.field(named: "quantity")?.type == .decimal(precision: 28, scale: 8))
    #expect(layout.schema.fields.filter { !$0.required }.isEmpty)
    let candles = try TableLayout(.candles(interval: "1m"), try AvroSchema(json: Self.trade))
    #expect(candles.columns.first?.name == "interval")
    let partitioned = candles.partitions.map { $0.column }
    #expect(partitioned == ["interval", "window_start"])
  }

  @Test func `key columns join only where the value lacks them`() throws {
    let value = try AvroSchema(
      json: #"{"type":"record","name":"V","fields":[{"name":"VENUE","type":["null","string"]},{"name":"N","type":"long"}]}"#)
    let keys = [TopicTable.KeyColumn(name: "VENUE", type: .string), .init(name: "SYMBOL", type: .string)]
    let layout = try TableLayout(.values(keyColumns: keys, isWindowed: true), value)
    #expect(layout.columns.map(\.name) == ["symbol", "venue", "n", "_topic", "_partition", "_offset"])
  }

  @Test func `keys are read as they were written`() {
    func fields(_ text: String, _ count: Int, windowed: Bool = false) -> [String]? {
      Array(text.utf8).withUnsafeBytes { DelimitedKey.fields($0, count: count, isWindowed: windowed) }
    }
    #expect(fields("binance,BTC-USDT", 2) == ["binance", "BTC-USDT"])
    #expect(fields("\"a,\"\"b\",", 2) == ["a,\"b", ""])
    #expect(fields("x,y12345678", 2, windowed: true) == ["x", "y"])
    #expect(fields("x", 2) == nil)
    #expect(fields("\"x", 1) == nil)
    #expect(fields("short", 1, windowed: true) == nil)
  }

  @Test func `headers tell where and why`() {
    let facts = RejectFacts([
      RecordHeader("wick.reason", "late"), RecordHeader("wick.query", "CTAS_A"), RecordHeader("wick.source", "a/b/3/42"),
      RecordHeader("wick.window", "200/300;100/200"), RecordHeader("wick.stream_time", "999"),
      RecordHeader("wick.lateness_ms", "12.345"), RecordHeader("wick.partial", "true"),
    ])
    #expect(facts.reason == "late" && facts.query == "CTAS_A" && facts.sourceTopic == "a/b")
    #expect(facts.sourcePartition == 3 && facts.sourceOffset == 42)
    #expect(facts.windowStart == 100 && facts.windowEnd == 300 && facts.windowsMissed == 2 && facts.isPartial == true)
    #expect(facts.streamTime == 999 && facts.lateness == 12_345)
    let bare = RejectFacts([RecordHeader("wick.source", "file.csv:7"), RecordHeader("wick.lateness_ms", "-1.5")])
    #expect(bare.reason == "unknown" && bare.sourceTopic == "file.csv:7" && bare.sourceOffset == nil && bare.lateness == nil)
    #expect(RejectFacts([RecordHeader("wick.lateness_ms", "-0.250")]).lateness == -250)
  }

  @Test func `hashes tell null from empty and key from value`() {
    func hash(_ key: String?, _ value: String?) -> UInt64 {
      func with(_ text: String?, _ body: (UnsafeRawBufferPointer?) -> UInt64) -> UInt64 {
        guard let text else { return body(nil) }
        return Array(text.utf8).withUnsafeBytes { body($0) }
      }
      return with(key) { key in with(value) { RecordHash.of(key: key, value: $0) } }
    }
    let hashes = [hash(nil, nil), hash("", nil), hash(nil, ""), hash("", ""), hash("a", "b"), hash("ab", ""), hash("", "ab")]
    #expect(Set(hashes).count == hashes.count)
    #expect(hash("k", "v") == hash("k", "v"))
  }

  @Test func `rejects keep the bytes, and the trade where it can be read`() throws {
    let schema = try AvroSchema(json: Self.trade)
    let rows = RejectRows { _ throws(ContractError) in schema }
    let good = Trades.encode(id: 7, symbol: "BTC-USDT", time: 1_000_000, schemaID: 1)
    for value in [good, [1, 2, 3]] {
      try value.withUnsafeBytes { bytes in
        try rows.append(
          Trades.view(partition: 2, offset: 9, value: bytes), topic: "t", facts: RejectFacts(reason: "late"), decodes: true)
      }
    }
    let batch = rows.take()
    #expect(batch.columns.map(\.name) == TableLayout.rejects.columns.map(\.name))
    #expect(batch.columns.map(\.type) == TableLayout.rejects.columns.map(\.type))
    let id = try #require(batch.index(of: "trade_id"))
    #expect(!batch.columns[id].isNull(0) && batch.columns[id].isNull(1))
    guard case .bytes(let values) = batch.columns[try #require(batch.index(of: "value"))].values else { throw Trades.Wrong() }
    #expect(Array(values[0]) == good && Array(values[1]) == [1, 2, 3])
    #expect(rows.count == 0 && rows.take().rowCount == 0)
  }
}
