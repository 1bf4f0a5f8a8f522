import Kafka
import SQL
import Windows

/// Sends records that no window takes to the late and invalid topics: their original bytes, and why, in headers.
///
/// Headers: `wick.reason`, `wick.error` (what exactly, where it is known), `wick.query` (absent where no query saw the record), `wick.source` as `topic/partition/offset`; for
/// late ones `wick.window` as `start/end` (`;` between several), `wick.stream_time`, both microseconds since the epoch,
/// `wick.lateness_ms`, and `wick.partial` where the record still counted in another window.
struct RejectWriter {
  /// A record as it stood in its source.
  enum Origin {
    case read(topic: String, RecordView)
    /// One that came through an inner topic.
    case forwarded(InnerRecord.Origin)

    var text: String {
      switch self {
      case .read(let topic, let record): "\(topic)/\(record.partition)/\(record.offset)"
      case .forwarded(let origin): "\(origin.topic)/\(origin.partition)/\(origin.offset)"
      }
    }
  }

  let producer: TransactionalProducer

  /// Sends a record that is broken for its source or for one query.
  func invalid(_ origin: Origin, reason: String, error: String? = nil, query: String?, to topic: String) throws(KafkaError) {
    var headers = [RecordHeader("wick.reason", reason)]
    if let error { headers.append(RecordHeader("wick.error", error)) }
    if let query { headers.append(RecordHeader("wick.query", query)) }
    headers.append(RecordHeader("wick.source", origin.text))
    try send(origin, headers, to: topic)
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
    try send(origin, headers, to: topic)
  }

  private func send(_ origin: Origin, _ headers: [RecordHeader], to topic: String) throws(KafkaError) {
    let topic = try producer.topic(topic)
    switch origin {
    case .read(_, let record):
      try producer.send(
        to: topic, key: record.key, value: record.value, timestamp: record.timestamp < 0 ? nil : record.timestamp,
        headers: headers)
    case .forwarded(let origin):
      let time = origin.timestamp < 0 ? nil : origin.timestamp
      try origin.key.withBytes { key throws(KafkaError) in
        try origin.value.withBytes { value throws(KafkaError) in
          try producer.send(to: topic, key: key, value: value, timestamp: time, headers: headers)
        }
      }
    }
  }

  /// Microseconds as exact milliseconds: whole where they are, otherwise with three digits.
  static func milliseconds(_ micros: Int64) -> String {
    let (whole, rest) = micros.magnitude.quotientAndRemainder(dividingBy: 1000)
    let sign = micros < 0 ? "-" : ""
    return rest == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(String(1000 + rest).dropFirst())"
  }
}

extension [UInt8]? {
  /// The bytes, or nil for none.
  func withBytes(_ body: (UnsafeRawBufferPointer?) throws(KafkaError) -> Void) throws(KafkaError) {
    guard let self else { return try body(nil) }
    let result = self.withUnsafeBytes { bytes in
      Result { () throws(KafkaError) -> Void in try body(bytes) }
    }
    try result.get()
  }
}
