import JSON
import Columns
import Contracts
import Testing

@Suite struct ResolutionTests {
  private func rows(
    _ fields: String, _ request: AvroColumnRequest, _ bytes: [[UInt8]]
  ) throws -> [RandomRecords.Cell] {
    let decoder = try AvroColumnDecoder(writer: try TestSchemas.record(fields), columns: [request])
    for record in bytes { try decoder.append(record) }
    let batch = decoder.take()
    return (0..<batch.rowCount).map { RandomRecords.cell(batch.columns[0], $0) }
  }

  @Test func `numbers are promoted as Avro allows`() throws {
    #expect(try rows(#"{"name":"a","type":"int"}"#, .init("a", .int64), [[3]]) == [.number(-2)])
    #expect(try rows(#"{"name":"a","type":"int"}"#, .init("a", .double), [[3]]) == [.double(-2)])
    #expect(try rows(#"{"name":"a","type":"long"}"#, .init("a", .double), [[4]]) == [.double(2)])
    #expect(try rows(#"{"name":"a","type":"float"}"#, .init("a", .double), [[0, 0, 0x80, 0x3f]]) == [.double(1)])
    #expect(
      try rows(#"{"name":"a","type":["null","int","long"]}"#, .init("a", .int64), [[0], [2, 3], [4, 4]])
        == [.null, .number(-2), .number(2)])
  }

  @Test func `decimals are rescaled where that is exact and refused where it is not`() throws {
    let field = #"{"name":"a","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}}"#
    #expect(try rows(field, .init("a", .decimal(precision: 18, scale: 8)), [[2, 0xff]]) == [.number(-1_000_000)])
    #expect(
      try rows(field, .init("a", .decimal(precision: 38, scale: 20)), [[2, 3]])
        == [.number(3_000_000_000_000_000_000)])
    for narrow in [
      ColumnType.decimal(precision: 9, scale: 1), .decimal(precision: 9, scale: 3), .decimal(precision: 8, scale: 2),
    ] {
      let error = #expect(throws: ContractError.self) { try rows(field, .init("a", narrow), []) }
      #expect(error?.code == .incompatible)
    }
  }

  @Test(arguments: [
    (#""double""#, ColumnType.int64), (#""long""#, .int32), (#""long""#, .timestampMicros), (#""string""#, .int64),
    (#"{"type":"long","logicalType":"timestamp-nanos"}"#, .timestampMicros), (#"{"type":"array","items":"long"}"#, .int64),
    (#"["null","string","long"]"#, .string),
  ])
  func `types that lose something are refused`(_ type: String, _ column: ColumnType) throws {
    let error = #expect(throws: ContractError.self) {
      try rows("{\"name\":\"a\",\"type\":\(type)}", .init("a", column), [])
    }
    #expect(error?.code == .incompatible)
  }

  @Test func `missing fields take their default, null, or are refused`() throws {
    let field = #"{"name":"a","type":"int"}"#
    #expect(try rows(field, .init("b", .int64), [[2]]) == [.null])
    #expect(try rows(field, .init("b", .bytes), [[2]]) == [.null])
    #expect(try rows(field, .init("b", .int64, missing: .value(42)), [[2]]) == [.number(42)])
    #expect(try rows(field, .init("b", .string, missing: .value("x")), [[2]]) == [.text("x")])
    #expect(try rows(field, .init("b", .boolean, missing: .value(true)), [[2]]) == [.bool(true)])
    #expect(
      try rows(field, .init("b", .bytes, missing: .value("\u{ff}a")), [[2], [2]]) == [.bytes([255, 97]), .bytes([255, 97])])
    #expect(try rows(field, .init("b", .double, missing: .value(.number("1.5"))), [[2]]) == [.double(1.5)])
    #expect(try rows(field, .init("b", .decimal(precision: 30, scale: 2), missing: .value("\u{ff}")), [[2]]) == [.number(-1)])
    #expect(throws: ContractError.self) { try rows(field, .init("b", .int64, missing: .refuse), []) }
    #expect(throws: ContractError.self) { try rows(field, .init("b", .int64, missing: .value("x")), []) }
  }

  @Test func `fields match by exact name, then ignoring case, then by alias`() throws {
    let two = #"{"name":"Price","type":"int"},{"name":"price","type":"int"}"#
    #expect(try rows(two, .init("price", .int64), [[2, 4]]) == [.number(2)])
    #expect(try rows(#"{"name":"price","type":"int"}"#, .init("PRICE", .int64), [[2]]) == [.number(1)])
    #expect(try rows(#"{"name":"px","type":"int"}"#, .init("price", .int64, aliases: ["px"]), [[2]]) == [.number(1)])
  }

  @Test func `a topic of two schema versions becomes one batch`() throws {
    let first = try TestSchemas.record(#"{"name":"a","type":"int"}"#)
    let second = try TestSchemas.record(#"{"name":"b","type":"string","default":"none"},{"name":"a","type":"long"}"#)
    let requests = try AvroColumnRequest.all(of: second)
    var asked: [Int32] = []
    let decoder = ConfluentColumnDecoder(AvroColumnBuilder(requests)) { id throws(ContractError) in
      asked.append(id)
      switch id {
      case 1: return first
      case 2: return second
      default: throw ContractError(.notFound, "no schema \(id)")
      }
    }
    let values: [[UInt8]] = [
      [0, 0, 0, 0, 1, 2], [0, 0, 0, 0, 2, 2, 0x78, 4], [0, 0, 0, 0, 9, 1], [0, 0, 0, 0, 9, 1], [7], [0, 0, 0, 0, 1, 6],
    ]
    var failures: [ContractError.Code] = []
    for value in values {
      do { try value.withUnsafeBytes { try decoder.append($0) } } catch let error as ContractError { failures.append(error.code) }
    }
    #expect(failures == [.notFound, .notFound, .badData])
    #expect(asked == [1, 2, 9])
    let batch = decoder.take()
    let cells = (0..<batch.rowCount).map { row in batch.columns.map { RandomRecords.cell($0, row) } }
    #expect(cells == [[.text("none"), .number(1)], [.text("x"), .number(2)], [.text("none"), .number(3)]])
  }
}
