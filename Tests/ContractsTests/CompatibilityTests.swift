import JSON
import Contracts
import Foundation
import Testing

@Suite struct CompatibilityTests {
  private static func fixture() throws -> [JSONValue] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "Fixtures/avro-compatibility.json")
    return try JSONValue(parsing: Array(try Data(contentsOf: file))).arrayValue ?? []
  }

  @Test func `verdicts on random schema pairs are those of Avro's own checker`() throws {
    let rows = try Self.fixture()
    #expect(rows.count == 300)
    for row in rows {
      let reader = try AvroSchema(json: row["reader"]?.stringValue ?? "")
      let writer = try AvroSchema(json: row["writer"]?.stringValue ?? "")
      let problems = AvroCompatibility.problems(reader: reader, writer: writer)
      #expect(problems.isEmpty == row["compatible"]?.boolValue, "\(problems) reader \(reader.json) writer \(writer.json)")
    }
  }

  @Test func `canonical forms are those of Avro's own library`() throws {
    for row in try Self.fixture() {
      let schema = try AvroSchema(json: row["reader"]?.stringValue ?? "")
      #expect(schema.canonicalForm == row["canonical"]?.stringValue)
    }
  }
}
