import Columns
import Contracts
import Testing

@Suite struct RowEncoderTests {
  private func encode(_ fields: String, _ columns: [Column]) throws -> [UInt8] {
    var encoder = try AvroRowEncoder(try TestSchemas.record(fields))
    var bytes: [UInt8] = [9]
    do { try encoder.encode(0, of: ColumnBatch(columns: columns, rowCount: 1), into: &bytes) } catch {
      #expect(bytes == [9])
      throw error
    }
    return Array(bytes.dropFirst())
  }

  private func code(_ fields: String, _ columns: [Column]) -> ContractError.Code? {
    #expect(throws: ContractError.self) { try encode(fields, columns) }?.code
  }

  private let long = #"{"name":"a","type":"long"}"#
  private let decimal = #"{"name":"a","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}}"#

  @Test func `a smaller scale is widened exactly`() throws {
    let column = Column(name: "A", type: .decimal(precision: 3, scale: 1), values: .int64([-13]))
    #expect(try encode(decimal, [column]) == [4, 0xff, 0x7e])
  }

  @Test func `what the schema has no room for is refused and nothing is written`() {
    #expect(code(decimal, [Column(name: "a", type: .decimal(precision: 9, scale: 2), values: .int64([10_000]))]) == .badData)
    #expect(code(long, [Column(name: "a", type: .int64, values: .int64([1]), validity: [false])]) == .badData)
    let millis = #"{"name":"a","type":{"type":"long","logicalType":"timestamp-millis"}}"#
    #expect(code(millis, [Column(name: "a", type: .timestampMicros, values: .int64([1_001]))]) == .badData)
    let symbols = #"{"name":"a","type":{"type":"enum","name":"E","symbols":["A"]}}"#
    let dictionary = StringDictionary()
    let codes = ColumnValues.codes([dictionary.code(of: "B")], dictionary)
    #expect(code(symbols, [Column(name: "a", type: .string, values: codes)]) == .badData)
    let two = #"{"name":"b","type":"long"},"# + decimal
    let first = Column(name: "b", type: .int64, values: .int64([1]))
    let wide = Column(name: "a", type: .decimal(precision: 38, scale: 2), values: .int128([10_000]))
    #expect(code(two, [first, wide]) == .badData)
  }

  @Test func `columns of another type, or none, are refused`() {
    #expect(code(long, [Column(name: "a", type: .double, values: .double([1]))]) == .badInput)
    #expect(code(decimal, [Column(name: "a", type: .decimal(precision: 4, scale: 3), values: .int64([1]))]) == .badInput)
    #expect(code(long, []) == .badInput)
    #expect(code(#"{"name":"a","type":{"type":"array","items":"long"}}"#, []) == .unsupported)
  }

  @Test func `a nullable field without a column is null`() throws {
    #expect(try encode(#"{"name":"a","type":["long","null"]}"#, []) == [2])
  }

  @Test func `batches of another layout are bound anew`() throws {
    var encoder = try AvroRowEncoder(try TestSchemas.record(long))
    let other = Column(name: "x", type: .int64, values: .int64([7]))
    let own = Column(name: "a", type: .int64, values: .int64([1]))
    var bytes: [UInt8] = []
    try encoder.encode(0, of: ColumnBatch(columns: [own, other], rowCount: 1), into: &bytes)
    try encoder.encode(0, of: ColumnBatch(columns: [other, own], rowCount: 1), into: &bytes)
    try encoder.encode(0, of: ColumnBatch(columns: [own], rowCount: 1), schemaID: 3, into: &bytes)
    #expect(bytes == [2, 2, 0, 0, 0, 0, 3, 2])
  }
}
