import Contracts
import Streams
import Synchronization

/// The live registry, read only: side topics have the live topics' schemas, so that equal rows are equal bytes. What would be
/// registered stays here.
final class SideSchemas: SchemaStore {
  private let live: any SchemaStore
  private let topics: SideTopics
  private let own = Mutex<(subjects: [String: Int32], schemas: [AvroSchema])>(([:], []))
  /// Ids of registries count up from 1.
  private static let firstID: Int32 = 2_000_000_000

  init(_ live: any SchemaStore, _ topics: SideTopics) {
    self.live = live
    self.topics = topics
  }

  func schema(id: Int32) throws(ContractError) -> AvroSchema {
    guard id >= Self.firstID else { return try live.schema(id: id) }
    let found = own.withLock { own in
      own.schemas.indices.contains(Int(id - Self.firstID)) ? own.schemas[Int(id - Self.firstID)] : nil
    }
    guard let found else { throw ContractError(.notFound, "No schema has the id \(id)") }
    return found
  }

  func latest(subject: String) throws(ContractError) -> (id: Int32, schema: AvroSchema)? {
    let kept = own.withLock { own in own.subjects[subject].map { ($0, own.schemas[Int($0 - Self.firstID)]) } }
    if let kept { return kept }
    return try live.latest(subject: topics.live(subject: subject))
  }

  func register(_ schema: AvroSchema, subject: String) throws(ContractError) -> Int32 {
    own.withLock { own in
      let id = Self.firstID + Int32(own.schemas.count)
      own.schemas.append(schema)
      own.subjects[subject] = id
      return id
    }
  }
}
