import Columns
import Contracts
import TestSupport
import Testing

@Suite struct BadRecordTests {
  private static let columns: [AvroColumnRequest] = [
    .init("venue", .string), .init("symbol", .string), .init("trade_id", .int64),
    .init("price", .decimal(precision: 18, scale: 8)), .init("quantity", .decimal(precision: 28, scale: 8)),
    .init("taker_side", .string), .init("event_time", .timestampMicros), .init("received_time", .timestampMicros),
  ]

  private func tradeBytes(price: Int64 = 6_512_345_000_000) -> [UInt8] {
    var writer = AvroRecordWriter()
    writer.begin()
    writer.string("binance")
    writer.string("BTC-USDT")
    writer.long(3_456_789_012)
    writer.decimal(price)
    writer.decimal(Int64(125_000))
    writer.enumeration(0)
    writer.long(1_700_000_000_123_456)
    writer.long(1_700_000_000_223_456)
    return writer.bytes
  }

  private func decoder() throws -> AvroColumnDecoder {
    try AvroColumnDecoder(writer: try AvroSchema(json: TestSchemas.trade), columns: Self.columns)
  }

  @Test func `every truncation and every extra byte is refused and leaves the columns as they were`() throws {
    let decoder = try decoder()
    let whole = tradeBytes()
    try decoder.append(whole)
    for length in 0..<whole.count {
      #expect(throws: ContractError.self) { try decoder.append(Array(whole[..<length])) }
    }
    #expect(throws: ContractError.self) { try decoder.append(whole + [0]) }
    try decoder.append(whole)
    let batch = decoder.take()
    #expect(batch.rowCount == 2)
    #expect(batch.columns.allSatisfy { $0.values.count == 2 && $0.validity == nil })
    guard case .int64(let ids) = batch.columns[2].values else { throw TestFailure() }
    #expect(ids == [3_456_789_012, 3_456_789_012])
  }

  @Test func `random damage is an error or a record, never a crash, and libavro agrees on what it accepts`() throws {
    var random = SeededGenerator.forTest("bad records")
    let decoder = try decoder()
    let oracle = try AvroReferenceCodec(try AvroSchema(json: TestSchemas.trade))
    var accepted = 0
    for _ in 0..<20_000 {
      var bytes = tradeBytes()
      for _ in 0...Int(random.next() % 3) { bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(random.next() & 0xff) }
      let before = decoder.builder.rowCount
      do {
        try decoder.append(bytes)
        accepted += 1
        let again = try oracle.encode(try oracle.decode(bytes))
        // libavro may write a number in fewer bytes than the damaged text had, never in more.
        #expect(again.count <= bytes.count)
        #expect(decoder.builder.rowCount == before + 1)
      } catch let error as ContractError {
        #expect(error.code == .badData)
        #expect(decoder.builder.rowCount == before)
      }
    }
    #expect(accepted > 100)
    #expect(decoder.take().rowCount == accepted)
  }

  @Test func `a failed record leaves no null behind`() throws {
    let schema = try TestSchemas.record(#"{"name":"a","type":["null","long"]},{"name":"b","type":"string"}"#)
    let plain = try TestSchemas.record(#"{"name":"a","type":"long"},{"name":"b","type":"string"}"#)
    let builder = AvroColumnBuilder([.init("a", .int64), .init("b", .string)])
    let nullable = try AvroColumnDecoder(writer: schema, into: builder)
    let strict = try AvroColumnDecoder(writer: plain, into: builder)
    #expect(throws: ContractError.self) { try nullable.append([0, 20]) }
    try strict.append([14, 2, 0x61])
    #expect(builder.take().columns[0].validity == nil)
  }

  @Test func `a decimal wider than its column is refused, also in the last byte of a buffer`() throws {
    let decoder = try decoder()
    #expect(throws: ContractError.self) { try decoder.append(tradeBytes(price: 1_000_000_000_000_000_000)) }
    #expect(throws: ContractError.self) { try decoder.append(tradeBytes(price: -1_000_000_000_000_000_000)) }
    try decoder.append(tradeBytes(price: 999_999_999_999_999_999))
    try decoder.append(tradeBytes(price: -999_999_999_999_999_999))
    let last = try AvroColumnDecoder(
      writer: try TestSchemas.record(
        #"{"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":0}}"#),
      columns: [.init("d", .decimal(precision: 4, scale: 0))])
    #expect(throws: ContractError.self) { try last.append([4, 0x27, 0x10]) }
    try last.append([4, 0x27, 0x0f])
    guard case .int64(let values) = last.take().columns[0].values else { throw TestFailure() }
    #expect(values == [9999])
  }

  @Test func `errors name the field and never its value`() throws {
    let decoder = try decoder()
    let bytes = [12] + Array("secret".utf8) + [2, 0xff]
    let error = #expect(throws: ContractError.self) { try decoder.append(bytes) }
    #expect(error?.description.contains("'symbol' a string is not UTF-8") == true)
    #expect(error?.description.contains("secret") == false)
  }

  @Test func `numbers of more than 64 bits are refused`() throws {
    let schema = try TestSchemas.record(#"{"name":"n","type":"long"}"#)
    let decoder = try AvroColumnDecoder(writer: schema, columns: [.init("n", .int64)])
    let ones = [UInt8](repeating: 0xff, count: 9)
    try decoder.append(ones + [1])
    #expect(throws: ContractError.self) { try decoder.append(ones + [2]) }
    #expect(throws: ContractError.self) { try decoder.append(ones + [0xff, 0]) }
    guard case .int64(let values) = decoder.take().columns[0].values else { throw TestFailure() }
    #expect(values == [Int64.min])
  }

  @Test func `a claimed count beyond the bytes ends at once when nobody reads the field`() throws {
    let schema = try TestSchemas.record(
      #"{"name":"skip","type":{"type":"array","items":"null"}},{"name":"n","type":"long"}"#)
    let decoder = try AvroColumnDecoder(writer: schema, columns: [.init("n", .int64)])
    // A block of 2^62 nulls, the end of the array, then 7.
    try decoder.append([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0, 14])
    guard case .int64(let values) = decoder.take().columns[0].values else { throw TestFailure() }
    #expect(values == [7])
  }
}
