import Values

/// A record of an inner topic: columns on their way to the partition of another key, with what is known of the record that they come
/// from, so that a late one is set aside with its own bytes and place.
struct InnerRecord {
  /// Where the row comes from.
  struct Origin {
    var topic: String
    var partition: Int32
    var offset: Int64
    /// Milliseconds; -1 where the record has none.
    var timestamp: Int64
    var key: [UInt8]?
    var value: [UInt8]?
  }

  /// Microseconds.
  var eventTime: Int64
  var origin: Origin
  var row: [Value]

  private static let version: UInt8 = 1

  var bytes: [UInt8] {
    let bytes = { (bytes: [UInt8]?) in bytes.map { Value.bytes($0) } ?? .null }
    var out = [Self.version]
    Value.structure([
      .timestamp(eventTime), .string(origin.topic), .integer(origin.partition), .bigint(origin.offset),
      .bigint(origin.timestamp), bytes(origin.key), bytes(origin.value), .structure(row),
    ]).encode(into: &out)
    return out
  }

  init(eventTime: Int64, origin: Origin, row: [Value]) {
    (self.eventTime, self.origin, self.row) = (eventTime, origin, row)
  }

  /// Nil for bytes of another shape.
  init?(_ bytes: some Collection<UInt8>) {
    guard bytes.first == Self.version, case .structure(let parts)? = try? Value(decoding: bytes.dropFirst()), parts.count == 8,
      case .timestamp(let time) = parts[0], case .string(let topic) = parts[1], case .integer(let partition) = parts[2],
      case .bigint(let offset) = parts[3], case .bigint(let timestamp) = parts[4], case .structure(let row) = parts[7]
    else { return nil }
    func content(_ value: Value) -> [UInt8]? { if case .bytes(let bytes) = value { bytes } else { nil } }
    eventTime = time
    origin = Origin(
      topic: topic, partition: partition, offset: offset, timestamp: timestamp, key: content(parts[5]), value: content(parts[6]))
    self.row = row
  }
}
