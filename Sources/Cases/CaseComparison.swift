import JSON
import SQL

/// A record that a case's statements wrote.
struct ProducedRecord: Hashable {
  var key: JSONValue
  var value: JSONValue
  /// Milliseconds.
  var timestamp: Int64
  var window: CaseWindow?
}

/// What a topic holds, for comparing numbers as their columns mean them.
struct TopicShape: Hashable {
  var keyFormat: DataFormat
  var valueFormat: DataFormat
  /// A column's own type where it stands unwrapped, else a STRUCT of the columns.
  var key: SQLType?
  var value: SQLType?
}

/// Compares what came out with what a case expects: per topic, in order.
struct CaseComparison {
  var shapes: [String: TopicShape]

  /// The first difference, in one line with expected and got; nil when there is none.
  ///
  /// Topics that no output names are not looked at, since streams on the way need not be listed, except where nothing at all is
  /// expected: then no final topic may hold a record.
  func difference(
    expected: [CaseRecord], produced: [String: [ProducedRecord]], finalTopics: [String] = []
  ) -> String? {
    var byTopic: [(topic: String, records: [CaseRecord])] = []
    for record in expected {
      if let index = byTopic.firstIndex(where: { $0.topic == record.topic }) {
        byTopic[index].records.append(record)
      } else {
        byTopic.append((record.topic, [record]))
      }
    }
    for (topic, records) in byTopic {
      if let difference = difference(topic, records, produced[topic] ?? []) { return difference }
    }
    guard expected.isEmpty else { return nil }
    return finalTopics.lazy.compactMap { difference($0, [], produced[$0] ?? []) }.first
  }

  private func difference(_ topic: String, _ expected: [CaseRecord], _ got: [ProducedRecord]) -> String? {
    let shape = shapes[topic]
    for (index, (wanted, record)) in zip(expected, got).enumerated() where !matches(wanted, record, shape) {
      return "output \(index + 1) of \(topic): expected \(Self.text(wanted)), got \(Self.text(record))"
    }
    if expected.count > got.count {
      return "output \(got.count + 1) of \(topic): expected \(Self.text(expected[got.count])), got nothing"
    }
    if got.count > expected.count {
      return "output \(expected.count + 1) of \(topic): expected nothing, got \(Self.text(got[expected.count]))"
    }
    return nil
  }

  private func matches(_ expected: CaseRecord, _ got: ProducedRecord, _ shape: TopicShape?) -> Bool {
    if let timestamp = expected.timestamp, timestamp != got.timestamp { return false }
    guard Self.matches(expected.window, got.window) else { return false }
    // Sinks write no headers, unlike ksqlDB, which copies those of the record that led to the row.
    if let headers = expected.headers, !headers.isEmpty { return false }
    let key = ValueMatch(allowsTextForNumbers: shape?.keyFormat == .avro)
    guard key.matches(expected.key, got.key, shape?.key) else { return false }
    let value = ValueMatch(allowsTextForNumbers: shape?.valueFormat == .avro)
    return value.matches(expected.value, got.value, shape?.value)
  }

  private static func matches(_ expected: CaseWindow?, _ got: CaseWindow?) -> Bool {
    guard let expected, let got else { return expected == nil && got == nil }
    guard expected.start == got.start, expected.isSession == got.isSession else { return false }
    return !expected.isSession || expected.end == got.end
  }

  static func text(_ record: CaseRecord) -> String {
    text(record.key, record.value, record.timestamp.map(String.init) ?? "any time", record.window)
  }

  static func text(_ record: ProducedRecord) -> String {
    text(record.key, record.value, "\(record.timestamp)", record.window)
  }

  private static func text(_ key: JSONValue, _ value: JSONValue, _ time: String, _ window: CaseWindow?) -> String {
    let span = window.map { " in \($0.isSession ? "session" : "window") \($0.start)…\($0.end)" } ?? ""
    return "\(key.text) → \(value.text) at \(time)\(span)"
  }
}
