import Foundation
import Kafka
import Testing

extension GoldenRun {
  /// Compares everything that is committed with what was worked out.
  ///
  /// Streams and EMIT FINAL write each row once whatever happens, so all records are compared, as often as they stand there.
  /// EMIT CHANGES writes the value of a group at each commit that touched it, and where commits fall is nobody's promise: two
  /// right runs differ in the rows between. What they share is the last row of each key, and that no state is told twice: the
  /// count of a group, which every golden table has as `C`, only grows.
  func expectGolden(_ location: SourceLocation = #_sourceLocation) throws {
    for topic in file.expected.topics {
      let records = try scene.records(self.topic(topic.topic))
      let rows: [String]
      switch topic.compare {
      case .all: rows = records.map { Self.row($0, topic.window) }
      case .last: rows = last(records, topic, location)
      case .aside: rows = records.map(aside)
      }
      let (found, expected) = (rows.sorted(), topic.rows.sorted())
      let (missing, extra) = (Self.difference(expected, found), Self.difference(found, expected))
      #expect(
        missing.isEmpty && extra.isEmpty,
        "\(prefixed(topic)): \(found.count) rows, not \(expected.count); missing \(missing.prefix(3)), extra \(extra.prefix(3))",
        sourceLocation: location)
    }
  }

  private func prefixed(_ topic: GoldenFile.Topic) -> String { self.topic(topic.topic) }

  private func last(_ records: [TopicRecord], _ topic: GoldenFile.Topic, _ location: SourceLocation) -> [String] {
    var (table, counts) = ([String: String](), [String: Int]())
    for record in records {
      let key = Self.key(record.key, topic.window)
      table[key] = record.value == nil ? nil : Self.text(record.value)
      guard let count = Self.count(record.value) else { continue }
      #expect(count > counts[key] ?? 0, "\(prefixed(topic)): \(key) is told twice", sourceLocation: location)
      counts[key] = count
    }
    return table.map { "\($0.key)=\($0.value)" }
  }

  private static func count(_ value: [UInt8]?) -> Int? {
    guard let value, let row = try? JSONSerialization.jsonObject(with: Data(value)) as? [String: Any] else { return nil }
    return row["C"] as? Int
  }

  private static func row(_ record: TopicRecord, _ window: GoldenFile.Topic.Window) -> String {
    "\(key(record.key, window))=\(text(record.value))"
  }

  private static func text(_ bytes: [UInt8]?) -> String { bytes.map { String(decoding: $0, as: UTF8.self) } ?? "~" }

  /// The key behind the bounds of its window: the start, of sessions the end too.
  private static func key(_ key: [UInt8]?, _ window: GoldenFile.Topic.Window) -> String {
    let bound = { (bytes: ArraySlice<UInt8>) in Int64(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) }) }
    guard let key, window != .none else { return text(key) }
    let start = bound(key.suffix(8))
    guard window == .session else { return "\(start) \(text(key.dropLast(8)))" }
    return "\(start)-\(bound(key.dropLast(8).suffix(8))) \(text(key.dropLast(16)))"
  }

  /// Reason, partition and offset in the source, and the windows of a late record. Of a topic that queries fill only its name:
  /// where its records stand depends on how tasks take turns.
  private func aside(_ record: TopicRecord) -> String {
    let parts = (record.headers["wick.source"] ?? "?").dropFirst(topic("").count).split(separator: "/").map(String.init)
    let isFirst = parts.count == 3 && file.expected.sources[parts[0]] != nil
    let place = isFirst ? parts.dropFirst().joined(separator: "/") : parts.first ?? "?"
    return ([record.headers["wick.reason"] ?? "?", place] + [record.headers["wick.window"]].compactMap(\.self))
      .joined(separator: " ")
  }

  /// What `a` has more of than `b`.
  private static func difference(_ a: [String], _ b: [String]) -> [String] {
    var rest = Dictionary(grouping: b) { $0 }.mapValues(\.count)
    return a.filter { row in
      guard let count = rest[row], count > 0 else { return true }
      rest[row] = count - 1
      return false
    }
  }
}
