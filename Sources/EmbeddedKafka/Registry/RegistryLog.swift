/// Where a registry keeps what it knows: the single partition of the compacted topic `_schemas`.
///
/// Called from one thread at a time.
public protocol RegistryLog: Sendable {
  /// Appends one record and returns once it is as durable as the log makes it. A nil value is a tombstone.
  func append(key: [UInt8], value: [UInt8]?) throws

  /// Hands every record to `body`, oldest first.
  func replay(_ body: (_ key: [UInt8], _ value: [UInt8]?) throws -> Void) throws
}
