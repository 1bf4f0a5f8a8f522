import Columns
import Contracts
import TestSupport
import Testing

@Suite struct CompiledCodecTests {
  /// Ten thousand records of random schemas: libavro writes, the compiled decoder reads, the row encoder writes again.
  @Test func `columns hold what libavro encoded, and encode to the same bytes`() throws {
    var records = RandomRecords(.forTest("compiled codec"))
    for round in 0..<250 {
      let nested = round % 2 == 0
      let fields = records.fields(1 + Int(records.random.next() % 12), nested: nested)
      let schema = try TestSchemas.record(fields.map { "{\"name\":\"\($0.name)\",\"type\":\($0.json)}" }.joined(separator: ","))
      let oracle = try AvroReferenceCodec(schema)
      let wanted = fields.filter { $0.column != nil && (!nested || records.random.next() % 3 > 0) }
      let decoder = try AvroColumnDecoder(
        writer: schema, columns: wanted.map { AvroColumnRequest($0.name.uppercased(), $0.column ?? .bytes) })
      var expected: [[RandomRecords.Cell]] = []
      var encoded: [[UInt8]] = []
      for _ in 0..<40 {
        let made = fields.map { $0.make(&records.random) }
        let bytes = try oracle.encode(.record(made.map(\.0)))
        try decoder.append(bytes)
        encoded.append(bytes)
        expected.append(zip(fields, made).filter { pair in wanted.contains { $0.name == pair.0.name } }.map(\.1.1))
      }
      let batch = decoder.take()
      #expect(batch.rowCount == 40)
      for row in 0..<batch.rowCount {
        #expect(batch.columns.map { RandomRecords.cell($0, row) } == expected[row], "schema \(schema.json)")
      }
      // A float column is a double one and a millisecond one counts microseconds: only the others go back as they came.
      guard wanted.count == fields.count, !schema.json.contains("\"float\"") else { continue }
      var encoder = try AvroRowEncoder(schema)
      for row in 0..<batch.rowCount {
        var bytes: [UInt8] = []
        if schema.json.contains("\"int\"") && batch.columns.contains(where: { $0.type == .int64 }) { break }
        try encoder.encode(row, of: batch, into: &bytes)
        #expect(bytes == encoded[row], "schema \(schema.json)")
      }
    }
  }

  @Test func `a batch is taken whole and the next one starts empty, with the same codes`() throws {
    let schema = try TestSchemas.record(#"{"name":"s","type":["null","string"]}"#)
    let oracle = try AvroReferenceCodec(schema)
    let decoder = try AvroColumnDecoder(writer: schema, columns: [.init("s", .string)])
    try decoder.append(try oracle.encode(.record([.union(1, .string("a"))])))
    try decoder.append(try oracle.encode(.record([.union(0, .null)])))
    let first = decoder.take()
    try decoder.append(try oracle.encode(.record([.union(1, .string("b"))])))
    try decoder.append(try oracle.encode(.record([.union(1, .string("a"))])))
    let second = decoder.take()
    #expect(first.columns[0].validity == [true, false])
    #expect(second.columns[0].validity == nil)
    guard case .codes(let codes, let dictionary) = second.columns[0].values else { throw TestFailure() }
    #expect(codes.map(dictionary.string) == ["b", "a"])
    #expect(codes == [1, 0])
    #expect(decoder.take().rowCount == 0)
  }

  @Test func `rows grow past the first capacity`() throws {
    let schema = try TestSchemas.record(#"{"name":"n","type":"long"},{"name":"b","type":"bytes"}"#)
    let builder = AvroColumnBuilder([.init("n", .int64), .init("b", .bytes)], capacity: 16)
    let decoder = try AvroColumnDecoder(writer: schema, into: builder)
    var writer = AvroRecordWriter()
    for n in 0..<5000 {
      writer.begin()
      writer.long(Int64(n))
      writer.string(String(repeating: "x", count: n % 7))
      try decoder.append(writer.bytes)
    }
    let batch = decoder.take()
    guard case .int64(let numbers) = batch.columns[0].values, case .bytes(let texts) = batch.columns[1].values else {
      throw TestFailure()
    }
    #expect(numbers == (0..<5000).map { Int64($0) })
    #expect((0..<5000).allSatisfy { texts[$0].count == $0 % 7 })
  }

  @Test func `trades written from primitive values are the bytes libavro writes`() throws {
    var random = SeededGenerator.forTest("record writer")
    let oracle = try AvroReferenceCodec(try AvroSchema(json: TestSchemas.trade))
    var writer = AvroRecordWriter(capacity: 64)
    for _ in 0..<2000 {
      let id = Int64(bitPattern: random.next()) >> Int64(random.next() % 64)
      let price = Int64(bitPattern: random.next()) >> Int64(random.next() % 64)
      let quantity = (Int128(Int64(bitPattern: random.next())) << 64 | Int128(random.next())) >> Int128(random.next() % 128)
      let venue = RandomRecords.text(&random)
      writer.begin(schemaID: 77)
      writer.string(venue)
      writer.string("BTC-USDT")
      writer.long(id)
      writer.decimal(price)
      writer.decimal(quantity)
      writer.enumeration(2)
      writer.long(-id - 1)
      writer.long(0)
      let expected = try oracle.encode(
        .record([
          .string(venue), .string("BTC-USDT"), .long(id), .bytes(TestSchemas.bigEndian(Int128(price))),
          .bytes(TestSchemas.bigEndian(quantity)), .enumeration(2), .long(-id - 1), .long(0),
        ]))
      #expect(writer.bytes == [0, 0, 0, 0, 77] + expected)
    }
  }
}

struct TestFailure: Error {}
