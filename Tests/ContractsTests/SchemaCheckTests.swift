import Contracts
import Foundation
import Testing

@Suite struct SchemaCheckTests {
  private static func schema(_ type: String, _ more: String = "") throws -> AvroSchema {
    try TestSchemas.record(#"{"name":"price","type":\#(type)}\#(more)"#)
  }

  private static func decimal(_ precision: Int, _ scale: Int) -> String {
    #"{"type":"bytes","logicalType":"decimal","precision":\#(precision),"scale":\#(scale)}"#
  }

  private static func contracts(_ schemas: [AvroSchema], _ level: CompatibilityLevel = .fullTransitive) -> SubjectContracts {
    let versions = schemas.enumerated().map { index, schema in
      SubjectContracts.Version(number: index + 1, file: "s/\(index + 1).avsc", schema: schema)
    }
    return SubjectContracts(subject: "s", level: level, versions: versions)
  }

  @Test(arguments: [
    (decimal(18, 8), decimal(18, 9)), (decimal(18, 8), decimal(17, 8)), (decimal(18, 8), "\"bytes\""),
    (#"{"type":"long","logicalType":"timestamp-millis"}"#, #"{"type":"long","logicalType":"timestamp-micros"}"#),
    ("\"long\"", #"{"type":"long","logicalType":"timestamp-micros"}"#), ("\"int\"", "\"float\""), ("\"long\"", "\"double\""),
    ("\"int\"", "\"double\""), ("\"string\"", "\"bytes\""), (#"["null","long"]"#, "\"long\""),
    ("\"long\"", #"["long","string"]"#),
    (#"{"type":"int","logicalType":"date"}"#, "\"long\""),
  ])
  func `what Avro lets pass and stored rows cannot follow is refused`(_ old: String, _ new: String) throws {
    let problems = LakeSafety.problems(candidate: try Self.schema(new), previous: try Self.schema(old))
    #expect(problems.map(\.kind) == [.lakeUnsafe])
    #expect(problems.first?.path == "price")
  }

  @Test(arguments: [
    (decimal(18, 8), decimal(20, 8)), ("\"int\"", "\"long\""), ("\"float\"", "\"double\""), ("\"long\"", #"["null","long"]"#),
    (#"["null","int"]"#, #"["long","null"]"#), ("\"string\"", "\"string\""),
  ])
  func `what a table can follow is allowed`(_ old: String, _ new: String) throws {
    #expect(LakeSafety.problems(candidate: try Self.schema(new), previous: try Self.schema(old)).isEmpty)
  }

  @Test func `versions are judged at the level of their subject`() throws {
    let first = try Self.schema("\"long\"")
    let added = try Self.schema("\"long\"", #",{"name":"b","type":"long"}"#)
    #expect(SchemaCheck.check([Self.contracts([first, added], .backward)]).map(\.rule) == [.incompatible])
    #expect(SchemaCheck.check([Self.contracts([first, added], .forward)]).isEmpty)
    #expect(SchemaCheck.check([Self.contracts([first, added], .full)]).map(\.rule) == [.incompatible])
    #expect(SchemaCheck.check([Self.contracts([first, added], .none)]).isEmpty)
  }

  @Test func `a transitive level looks beyond the latest version`() throws {
    let first = try Self.schema("\"long\"")
    let second = try Self.schema("\"long\"", #",{"name":"b","type":"long","default":0}"#)
    let third = try Self.schema("\"long\"", #",{"name":"b","type":"long"}"#)
    #expect(SchemaCheck.check([Self.contracts([first, second, third], .backward)]).isEmpty)
    let findings = SchemaCheck.check([Self.contracts([first, second, third], .backwardTransitive)])
    #expect(findings.map(\.version) == [3])
    #expect(findings.first?.message.hasPrefix("b: the writer has no such field and the reader no default") == true)
  }

  @Test func `fields that differ only in case cannot become columns`() throws {
    let schema = try Self.schema("\"long\"", #",{"name":"Price","type":"long"}"#)
    #expect(SchemaCheck.check([Self.contracts([schema])]).map(\.rule) == [.lakeUnsafe])
  }

  @Test func `history allows new versions and nothing else`() throws {
    let first = try Self.schema("\"long\"")
    let second = try Self.schema(#"["null","long"]"#)
    let past = HistoricalSubject(versions: [1: first.json], level: "BACKWARD\n")
    func rules(_ subject: SubjectContracts, _ past: HistoricalSubject) -> [SchemaFinding.Rule] {
      SchemaCheck.check([subject], history: ["s": past]).map(\.rule)
    }
    #expect(rules(Self.contracts([first, second], .backward), past) == [])
    #expect(rules(Self.contracts([second], .backward), past) == [.changedInPlace])
    #expect(rules(Self.contracts([try AvroSchema(json: first.json + "\n")], .backward), past) == [.changedInPlace])
    #expect(
      rules(Self.contracts([first], .backward), .init(versions: [1: first.json, 2: second.json], level: nil))
        == [.changedInPlace])
    #expect(rules(Self.contracts([first], .forward), past) == [.levelLowered])
    #expect(rules(Self.contracts([first], .fullTransitive), past) == [])
    #expect(SchemaCheck.check([], history: ["gone": past]).map(\.rule) == [.changedInPlace])
  }

  @Test func `a registry must know nothing the files do not, and take what is new`() throws {
    let first = try Self.schema("\"long\"")
    let second = try Self.schema(#"["null","long"]"#)
    let text = try Self.schema("\"string\"")
    func rules(_ files: [AvroSchema], _ registered: [AvroSchema], _ level: CompatibilityLevel = .backward) -> [SchemaFinding.Rule]
    {
      let versions = registered.enumerated().map {
        SubjectVersion(subject: "s", version: $0 + 1, id: Int32($0 + 1), schema: $1)
      }
      return SchemaCheck.check([Self.contracts(files)], registered: ["s": .init(level: level, versions: versions)]).map(\.rule)
    }
    #expect(rules([first], [first]) == [])
    #expect(rules([first, second], [first]) == [])
    #expect(rules([first], [first, second]) == [.registry])
    #expect(rules([first, text], [first]) == [.registry])
    #expect(rules([first, text], [first], .none) == [])
    #expect(SchemaCheck.check([Self.contracts([first])], registered: [:]).isEmpty)
  }

  @Test func `the project's own contracts keep every rule and hold the promised columns`() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let subjects = try ContractFolder.read(root.appendingPathComponent("contracts").path)
    #expect(SchemaCheck.check(subjects).isEmpty)
    let bySubject = Dictionary(uniqueKeysWithValues: subjects.map { ($0.subject, $0.versions[0].schema) })
    let trade = try AvroColumnRequest.all(of: try #require(bySubject["trades.raw-value"]))
    #expect(
      trade.map { "\($0.name) \($0.type)" } == [
        "venue string", "symbol string", "trade_id int64", "price decimal(precision: 18, scale: 8)",
        "quantity decimal(precision: 28, scale: 8)", "taker_side string", "event_time timestampMicros",
        "received_time timestampMicros",
      ])
    for interval in ["1s", "1m", "5m", "1h"] {
      let columns = try AvroColumnRequest.all(of: try #require(bySubject["candles.\(interval)-value"]))
      #expect(
        columns.map(\.name).joined(separator: " ") == """
          venue symbol window_start window_end open high low close volume quote_volume vwap taker_buy_volume trades \
          first_trade_id last_trade_id revision
          """)
    }
  }
}
