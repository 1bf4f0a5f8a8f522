import Contracts
import SQL
import Streams

/// Names the fields in which two values differ, where they are records in AVRO.
struct FieldComparison {
  private let schemas: any SchemaStore

  init(_ schemas: any SchemaStore) { self.schemas = schemas }

  /// Empty where they cannot be told.
  func fields(_ old: [[UInt8]], _ new: [[UInt8]], _ format: DataFormat) -> [String] {
    if old.count != new.count { return ["published \(old.count) times, not \(new.count)"] }
    guard format == .avro, let pair = zip(old, new).first(where: { $0 != $1 }), let a = record(pair.0), let b = record(pair.1)
    else { return [] }
    return Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
  }

  private func record(_ bytes: [UInt8]) -> [String: AvroValue]? {
    guard bytes.count > ConfluentFrame.headerSize else { return nil }
    let id = bytes.withUnsafeBytes { ConfluentFrame.schemaID($0) }
    do {
      let schema = try schemas.schema(id: id)
      let value = try AvroReferenceCodec(schema).decode(Array(bytes.dropFirst(ConfluentFrame.headerSize)))
      guard case .record(let values) = value else { return nil }
      return Dictionary(zip(try schema.recordFields().map(\.name), values)) { first, _ in first }
    } catch { return nil }
  }
}
