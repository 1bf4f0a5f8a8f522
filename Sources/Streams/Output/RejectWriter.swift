import Kafka
import SQL
import Windows

/// Sends records that no window takes to the late and invalid topics: their original bytes, and why, in headers.
///
/// Headers: `wick.reason`, `wick.error` (what exactly, where it is known), `wick.query` (absent where no query saw the record), `wick.source` as `topic/partition/offset`; for
/// late ones `wick.window` as `start/end` (`;` between several), `wick.stream_time`, both microseconds since the epoch,
/// `wick.lateness_ms`, and `wick.partial` where the record still counted in another window.
struct RejectWriter {
  /// Where a rejected record came from.
  struct Origin {
    var topic: String
    var record: RecordView

    var text: String { "\(topic)/\(record.partition)/\(record.offset)" }
  }

  let producer: TransactionalProducer

  /// Sends a record that is broken for its source or for one query.
  func invalid(_ origin: Origin, reason: String, error: String? = nil, query: String?, to topic: String) throws(KafkaError) {
    var headers = [RecordHeader("wick.reason", reason)]
    if let error { headers.append(RecordHeader("wick.error", error)) }
    if let query { headers.append(RecordHeader("wick.query", query)) }
    headers.append(RecordHeader("wick.source", origin.text))
    try send(origin.record, headers, to: topic)
  }

  /// Sends one late record with all the windows it missed.
  func late(_ origin: Origin, _ missed: ArraySlice<LateRow>, query: String, to topic: String) throws(KafkaError) {
    guard let last = missed.last else { return }
    var headers = [
      RecordHeader("wick.reason", "late"), RecordHeader("wick.query", query), RecordHeader("wick.source", origin.text),
      RecordHeader("wick.window", missed.map { "\($0.windowStart)/\($0.windowEnd)" }.joined(separator: ";")),
      RecordHeader("wick.stream_time", "\(last.streamTime)"),
      RecordHeader("wick.lateness_ms", Self.milliseconds(last.lateness)),
    ]
    if !missed.contains(where: \.isDropped) { headers.append(RecordHeader("wick.partial", "true")) }
    try send(origin.record, headers, to: topic)
  }

  private func send(_ record: RecordView, _ headers: [RecordHeader], to topic: String) throws(KafkaError) {
    try producer.send(
      to: producer.topic(topic), key: record.key, value: record.value,
      timestamp: record.timestamp < 0 ? nil : record.timestamp, headers: headers)
  }

  /// Microseconds as exact milliseconds: whole where they are, otherwise with three digits.
  static func milliseconds(_ micros: Int64) -> String {
    let (whole, rest) = micros.magnitude.quotientAndRemainder(dividingBy: 1000)
    let sign = micros < 0 ? "-" : ""
    return rest == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(String(1000 + rest).dropFirst())"
  }
}
