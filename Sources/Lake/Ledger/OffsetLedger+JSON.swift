import JSON
import Iceberg

extension OffsetLedger {
  /// The ledger of a table, empty for a table that has none. Throws `LakeError.badInput` when it cannot be read: better no row
  /// than a wrong one.
  public init(of metadata: TableMetadata) throws {
    guard let text = metadata.properties[Self.property] else {
      self.init()
      return
    }
    try self.init(parsing: text)
  }

  /// Reads the property's text.
  public init(parsing text: String) throws {
    let broken = LakeError(
      .badInput, "The table's property \(Self.property) is no ledger",
      advice: "Restore the property from an earlier metadata file")
    guard let json = try? JSONValue(parsing: text), let topics = json["topics"]?.members else { throw broken }
    self.init(cluster: json["cluster"]?.stringValue)
    for topic in topics {
      for member in topic.value.members ?? [] {
        guard let partition = Int32(member.name), let start = member.value["start"]?.int64Value,
          let end = member.value["end"]?.int64Value,
          let records = member.value["records"]?.int64Value, start >= 0, start <= end
        else { throw broken }
        self.topics[topic.name, default: [:]][partition] = Entry(
          start: start, end: end, records: records, rejected: member.value["rejected"]?.int64Value ?? 0,
          last: Self.fingerprint(member.value["last"]))
      }
    }
  }

  private static func fingerprint(_ json: JSONValue?) -> Fingerprint? {
    guard let offset = json?["offset"]?.int64Value, let hash = json?["hash"]?.stringValue.flatMap({ UInt64($0, radix: 16) })
    else {
      return nil
    }
    return Fingerprint(offset: offset, hash: hash)
  }

  /// The property's text.
  public var text: String {
    var members: [JSONValue.Member] = []
    if let cluster { members.append(.init("cluster", .string(cluster))) }
    let topics = self.topics.sorted { $0.key < $1.key }.map { topic, partitions in
      JSONValue.Member(
        topic, .object(partitions.sorted { $0.key < $1.key }.map { .init(String($0.key), Self.json($0.value)) }))
    }
    return JSONValue.object(members + [.init("topics", .object(topics))]).text
  }

  private static func json(_ entry: Entry) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("start", .int(entry.start)), .init("end", .int(entry.end)), .init("records", .int(entry.records)),
    ]
    if entry.rejected > 0 { members.append(.init("rejected", .int(entry.rejected))) }
    if let last = entry.last {
      members.append(
        .init("last", .object([.init("offset", .int(last.offset)), .init("hash", .string(String(last.hash, radix: 16)))])))
    }
    return .object(members)
  }

  /// The summary entry of a commit of those ranges.
  static func summaryText(_ ranges: [String: [Int32: Entry]]) -> String {
    JSONValue.object(
      ranges.sorted { $0.key < $1.key }.map { topic, partitions in
        .init(
          topic,
          .object(
            partitions.sorted { $0.key < $1.key }.map { partition, range in
              .init(String(partition), .array([.int(range.start), .int(range.end), .int(range.records)]))
            }))
      }
    ).text
  }

  /// The ranges of a snapshot's commit; empty for a snapshot that no sink made.
  public static func ranges(of snapshot: Snapshot) throws -> [String: [Int32: Entry]] {
    guard let text = snapshot.summary[summaryKey] else { return [:] }
    let broken = LakeError(
      .badInput, "The summary of snapshot \(snapshot.id) has a broken \(summaryKey)", advice: "Roll the table back behind it")
    guard let topics = (try? JSONValue(parsing: text))?.members else { throw broken }
    var ranges: [String: [Int32: Entry]] = [:]
    for topic in topics {
      for member in topic.value.members ?? [] {
        let numbers = (member.value.arrayValue ?? []).compactMap(\.int64Value)
        guard let partition = Int32(member.name), numbers.count == 3 else { throw broken }
        ranges[topic.name, default: [:]][partition] = Entry(start: numbers[0], end: numbers[1], records: numbers[2])
      }
    }
    return ranges
  }
}

/// FNV-1a over a record's key and value, told apart by their lengths.
package enum RecordHash {
  package static func of(key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for part in [key, value] {
      mix(&hash, UInt64(bitPattern: Int64(part?.count ?? -1)))
      for byte in part ?? UnsafeRawBufferPointer(start: nil, count: 0) { mix(&hash, UInt64(byte)) }
    }
    return hash
  }

  private static func mix(_ hash: inout UInt64, _ value: UInt64) { hash = (hash ^ value) &* 0x100_0000_01b3 }
}
