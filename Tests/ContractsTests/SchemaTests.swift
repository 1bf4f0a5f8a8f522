import JSON
import Columns
import Contracts
import TestSupport
import Testing

@Suite struct SchemaTests {
  @Test(arguments: [
    "", "{", "{}", "[\"int\",\"int\"]", "\"nothing\"", #"{"type":"record","name":"R"}"#,
    #"{"type":"record","fields":[]}"#, #"{"type":"record","name":"1R","fields":[{"name":"a","type":"int"}]}"#,
    #"{"type":"record","name":"R","fields":[{"name":"a"}]}"#,
    #"{"type":"record","name":"R","fields":[{"name":"a-b","type":"int"}]}"#,
    #"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}"#,
    #"{"type":"record","name":"R","fields":[{"name":"a","type":"Other"}]}"#,
    #"{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":"x"}]}"#,
    #"{"type":"record","name":"R","fields":[{"name":"a","type":["null","int"],"default":"x"}]}"#,
    #"{"type":"record","name":"int","fields":[{"name":"a","type":"int"}]}"#,
    #"{"type":"enum","name":"E","symbols":["A","A"]}"#, #"{"type":"enum","name":"E","symbols":["A"],"default":"B"}"#,
    #"{"type":"enum","name":"E","symbols":["A B"]}"#, #"{"type":"fixed","name":"F","size":-1}"#,
    #"{"type":"fixed","name":"F"}"#, #"{"type":"array"}"#, #"[["int"]]"#, #"{"type":"map","values":7}"#,
    #"{"type":"record","name":"R","fields":[{"name":"a","type":"int","type":"long"}]}"#,
    #"{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"fixed","name":"R","size":1}}]}"#,
  ])
  func `what is no schema is refused`(_ text: String) {
    let error = #expect(throws: ContractError.self) { try AvroSchema(json: text) }
    #expect(error?.code == .invalidSchema)
  }

  @Test func `names take the namespace around them`() throws {
    let schema = try AvroSchema(
      json: """
        {"type":"record","name":"Outer","namespace":"a.b","fields":[
          {"name":"x","type":{"type":"fixed","name":"F","size":2}},
          {"name":"y","type":{"type":"enum","name":"c.E","symbols":["S"]}},
          {"name":"z","type":["null","F","c.E","a.b.Outer"]}]}
        """)
    #expect(Set(schema.namedTypes.keys) == ["a.b.Outer", "a.b.F", "c.E"])
    #expect(schema.canonicalForm.contains(#"{"name":"z","type":["null","a.b.F","c.E","a.b.Outer"]}"#))
  }

  @Test func `logical types are read, and ignored where they are malformed`() throws {
    func logical(_ json: String) throws -> AvroType.LogicalType? { try AvroSchema(json: json).root.logical }
    #expect(try logical(#"{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}"#) == .decimal(precision: 9, scale: 2))
    #expect(try logical(#"{"type":"bytes","logicalType":"decimal","precision":9}"#) == .decimal(precision: 9, scale: 0))
    #expect(try logical(#"{"type":"bytes","logicalType":"decimal","precision":9,"scale":10}"#) == nil)
    #expect(try logical(#"{"type":"bytes","logicalType":"decimal"}"#) == nil)
    #expect(
      try logical(#"{"type":"fixed","name":"F","size":8,"logicalType":"decimal","precision":18}"#)
        == .decimal(precision: 18, scale: 0))
    #expect(try logical(#"{"type":"fixed","name":"F","size":8,"logicalType":"decimal","precision":19}"#) == nil)
    #expect(try logical(#"{"type":"long","logicalType":"timestamp-micros"}"#) == .timestampMicros)
    #expect(try logical(#"{"type":"int","logicalType":"timestamp-micros"}"#) == nil)
    #expect(try logical(#"{"type":"string","logicalType":"uuid"}"#) == .uuid)
    #expect(try logical(#"{"type":"string","logicalType":"mystery"}"#) == nil)
  }

  @Test func `schemas are equal apart from white space and the order of attributes, not apart from meaning`() throws {
    let a = try AvroSchema(json: #"{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":1}]}"#)
    let b = try AvroSchema(json: #"{"name":"R","fields":[{"default":1,"type":"int","name":"a"}], "type":"record"}"#)
    let c = try AvroSchema(json: #"{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":2}]}"#)
    #expect(a == b)
    #expect(a != c)
    #expect(a.canonicalForm == c.canonicalForm)
    #expect(b.json.hasSuffix("\"type\":\"record\"}"))
  }

  @Test func `columns become a schema that gives the same columns back`() throws {
    let fields: [AvroSchema.ColumnField] = [
      .init("a", .decimal(precision: 38, scale: 16), doc: "exact"), .init("b", .timestampMicros, isNullable: true),
      .init("c", .string), .init("d", .date), .init("e", .boolean), .init("f", .int32, isNullable: true), .init("g", .bytes),
      .init("h", .double), .init("i", .int64),
    ]
    let schema = try AvroSchema(record: "Row", namespace: "wick.test", fields: fields)
    #expect(try AvroColumnRequest.all(of: schema).map(\.type) == fields.map(\.type))
    #expect(try schema.recordFields().map { AvroColumnRequest.isNullable($0.type) } == fields.map(\.isNullable))
    #expect(throws: ContractError.self) { try AvroSchema(record: "Row", namespace: "", fields: [.init("not a name", .int64)]) }
    #expect(throws: ContractError.self) { try AvroSchema(record: "Row", namespace: "", fields: [fields[0], fields[0]]) }
  }

  @Test func `records without a finite value end no process`() throws {
    let endless = try AvroSchema(json: #"{"type":"record","name":"R","fields":[{"name":"r","type":"R"}]}"#)
    #expect(#expect(throws: ContractError.self) { try AvroReferenceCodec(endless) }?.code == .unsupported)
    #expect(throws: ContractError.self) {
      try AvroSchema(json: #"{"type":"record","name":"R","fields":[{"name":"r","type":"R","default":{}}]}"#)
    }
    let decoder = try AvroColumnDecoder(writer: endless, columns: [.init("x", .int64)])
    #expect(throws: ContractError.self) { try decoder.append([0]) }
  }

  @Test func `damaged schema texts are schemas or errors, never a crash`() throws {
    var random = SeededGenerator.forTest("damaged schemas")
    let source = Array(TestSchemas.trade.utf8)
    for _ in 0..<3_000 {
      var text = source
      for _ in 0...Int(random.next() % 3) {
        let at = Int(random.next() % UInt64(text.count))
        let other = Int(random.next() % UInt64(text.count))
        if random.next() % 2 == 0 {
          text.swapAt(at, other)
        } else {
          text.removeSubrange(min(at, other)..<min(max(at, other), min(at, other) + 8))
        }
      }
      do { _ = try AvroSchema(json: String(decoding: text, as: UTF8.self)) } catch { #expect(error.code == .invalidSchema) }
    }
  }

  @Test func `frames are told apart from everything else`() {
    func parse(_ bytes: [UInt8]) -> ConfluentFrame.Header { bytes.withUnsafeBytes { ConfluentFrame.parse($0) } }
    func reason(_ bytes: [UInt8]) -> String? {
      guard case .foreign(let reason) = parse(bytes) else { return nil }
      return reason
    }
    #expect(parse([0, 0, 1, 2, 3]) == .framed(schemaID: 0x010203))
    #expect(parse([0, 0x7f, 255, 255, 255, 9]) == .framed(schemaID: Int32.max))
    #expect(reason([])?.contains("empty") == true)
    #expect(reason([0, 0, 0, 0])?.contains("ends inside") == true)
    #expect(reason([0, 255, 0, 0, 0])?.contains("negative") == true)
    #expect(reason(Array("{\"a\":1}".utf8))?.contains("JSON") == true)
    #expect(reason(Array("Obj".utf8) + [1, 0])?.contains("container") == true)
    #expect(reason([0xc3, 1] + [UInt8](repeating: 0, count: 8))?.contains("single-object") == true)
    #expect(reason([1] + [UInt8](repeating: 0, count: 16))?.contains("GUID") == true)
    var header: [UInt8] = []
    ConfluentFrame.writeHeader(schemaID: 258, into: &header)
    #expect(header == [0, 0, 0, 1, 2])
  }
}
