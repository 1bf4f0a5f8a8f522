import Columns
import Contracts
import Foundation
import Synchronization

@testable import Kafka
@testable import Lake

/// Trades as the ingest writes them, for tests.
enum Trades {
  struct Wrong: Error {}

  static func encode(
    id: Int64, symbol: String, time: Int64, price: Int64 = 100_000_000, quantity: Int64 = 50_000_000, buys: Bool = true,
    schemaID: Int32
  ) -> [UInt8] {
    var writer = AvroRecordWriter()
    writer.begin(schemaID: schemaID)
    writer.string("sim")
    writer.string(symbol)
    writer.long(id)
    writer.decimal(price)
    writer.decimal(Int128(quantity))
    writer.enumeration(buys ? 0 : 1)
    writer.long(time)
    writer.long(time + 5)
    return writer.bytes
  }

  static func view(partition: Int32, offset: Int64, value: UnsafeRawBufferPointer?) -> RecordView {
    RecordView(topic: 0, partition: partition, offset: offset, timestamp: 0, key: nil, value: value)
  }
}

/// A registry in memory.
final class MemorySchemas: SchemaSource {
  private let state = Mutex<(schemas: [AvroSchema], subjects: [String: Int])>(([], [:]))

  @discardableResult
  func register(_ json: String, subject: String) throws -> Int32 {
    let schema = try AvroSchema(json: json)
    return state.withLock { state in
      state.schemas.append(schema)
      state.subjects[subject] = state.schemas.count - 1
      return Int32(state.schemas.count)
    }
  }

  func schema(id: Int32) throws(ContractError) -> AvroSchema {
    let found = state.withLock { $0.schemas.indices.contains(Int(id) - 1) ? $0.schemas[Int(id) - 1] : nil }
    guard let found else { throw ContractError(.notFound, "No schema has that id") }
    return found
  }

  func latest(subject: String) throws(ContractError) -> AvroSchema? {
    state.withLock { state in state.subjects[subject].map { state.schemas[$0] } }
  }
}
