import SQL
import Testing
import Values

@testable import Formats

@Suite struct KafkaFormatTests {
  // Bytes from Kafka's IntegerSerializer, LongSerializer, DoubleSerializer and StringSerializer.
  @Test(
    arguments: [
      (SQLType.integer, Value.integer(-2), [0xff, 0xff, 0xff, 0xfe]), (.integer, .integer(258), [0, 0, 1, 2]),
      (.bigint, .bigint(258), [0, 0, 0, 0, 0, 0, 1, 2]), (.bigint, .bigint(.min), [0x80, 0, 0, 0, 0, 0, 0, 0]),
      (.double, .double(1), [0x3f, 0xf0, 0, 0, 0, 0, 0, 0]), (.string, .string("é"), [0xc3, 0xa9]), (.string, .string(""), []),
      (.bytes, .bytes([0, 255]), [0, 255]),
    ] as [(SQLType, Value, [UInt8])])
  func `bytes of Kafka's serializers`(type: SQLType, value: Value, bytes: [UInt8]) throws {
    let codec = try RowCodec(.kafka, fields: fields(type), side: .key)
    #expect(try codec.encode([value]) == bytes)
    #expect(try codec.decode(bytes) == [value])
  }

  @Test func `NULL has no bytes`() throws {
    let codec = try RowCodec(.kafka, fields: fields(.string), side: .key)
    #expect(try codec.encode([.null]) == nil)
    #expect(try codec.decode(nil) == nil)
  }

  @Test(arguments: [
    (SQLType.integer, 3), (.integer, 5), (.integer, 0), (.bigint, 7), (.double, 9),
  ])
  func `another number of bytes is refused`(type: SQLType, count: Int) throws {
    let codec = try RowCodec(.kafka, fields: fields(type), side: .key)
    #expect(throws: FormatError.self) { try codec.decode([UInt8](repeating: 0, count: count)) }
  }

  @Test func `texts that are not UTF-8 are refused`() throws {
    let codec = try RowCodec(.kafka, fields: fields(.string), side: .key)
    #expect(throws: FormatError.self) { try codec.decode([0xff]) }
  }

  @Test func `several columns and other types are refused`() {
    #expect(throws: FormatError.self) { try RowCodec(.kafka, fields: fields(.string, .string), side: .key) }
    for type in [SQLType.boolean, decimal62, .timestamp, .array(.string)] {
      #expect(throws: FormatError.self) { try RowCodec(.kafka, fields: fields(type), side: .key) }
    }
  }

  @Test func `NONE reads and writes nothing`() throws {
    let codec = try RowCodec(.none, fields: [], side: .key)
    #expect(try codec.encode([]) == nil)
    #expect(try codec.decode([1, 2]) == [])
  }

  @Test func `windows stand behind the key, the end of sessions first`() throws {
    let tumbling = KeyWindow.time(size: 60_000_000, isHopping: false)
    let bytes = WindowedKey.bytes([7], start: 258, end: 60_258, tumbling)
    #expect(bytes == [7, 0, 0, 0, 0, 0, 0, 1, 2])
    #expect(try WindowedKey.parts(bytes, tumbling) == WindowedKey.Parts(key: [7], start: 258, end: 60_258))
    let session = WindowedKey.bytes([], start: 1, end: 2, .session)
    #expect(session == [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1])
    #expect(try WindowedKey.parts(session, .session) == WindowedKey.Parts(key: [], start: 1, end: 2))
  }

  @Test func `keys without a window are refused`() {
    let tumbling = KeyWindow.time(size: .max, isHopping: true)
    let late: [UInt8] = [0x7f] + [UInt8](repeating: 0xff, count: 7)
    #expect(throws: FormatError.self) { try WindowedKey.parts([1, 2, 3, 4, 5, 6, 7], tumbling) }
    #expect(throws: FormatError.self) { try WindowedKey.parts([0xff] + [UInt8](repeating: 0, count: 7), tumbling) }
    #expect(throws: FormatError.self) { try WindowedKey.parts(late, tumbling) }
    #expect(throws: FormatError.self) { try WindowedKey.parts([UInt8](repeating: 0, count: 15), .session) }
    #expect(throws: FormatError.self) { try WindowedKey.parts(WindowedKey.bytes([], start: 2, end: 1, .session), .session) }
  }
}
