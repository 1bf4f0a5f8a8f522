import CrashPoints
import Kafka
import Venues

/// The transactional producer of one source and how to bring it back after an error. Owned by one thread.
final class ProducerLink {
  private let configuration: IngestConfiguration
  private let transactionalID: String
  private(set) var producer: TransactionalProducer
  private var trades: TopicHandle
  private var invalid: TopicHandle
  private var positions: TopicHandle
  private let run = String(UInt64.random(in: 0...UInt64.max), radix: 16)
  private var serial = 0
  private var failingSince: Int64?
  /// Failures in a row.
  private var failures = 0

  /// What `recover` came to.
  enum Recovered {
    /// The transaction was definitely dropped.
    case aborted
    /// A new producer took over: the last commit may or may not have taken effect.
    case replaced
  }

  init(_ configuration: IngestConfiguration, sourceKey: String) throws(IngestError) {
    self.configuration = configuration
    transactionalID = "wick-ingest-\(String(StableHash.fnv1a(sourceKey.utf8), radix: 16))"
    do {
      (producer, trades, invalid, positions) = try Self.connect(configuration, transactionalID)
    } catch {
      throw IngestError(error)
    }
  }

  private static func connect(
    _ configuration: IngestConfiguration, _ id: String
  ) throws(KafkaError) -> (TransactionalProducer, TopicHandle, TopicHandle, TopicHandle) {
    let producer = try TransactionalProducer(configuration.kafka, transactionalID: id)
    do {
      CrashPoint.hit("ingest.initialise")
      try producer.initialise(timeout: .seconds(30))
      CrashPoint.hit("ingest.initialise", .after)
      return (
        producer, try producer.topic(configuration.topic), try producer.topic(configuration.invalidTopic),
        try producer.topic(configuration.positionsTopic)
      )
    } catch {
      producer.close()
      throw error
    }
  }

  func send(key: UnsafeBufferPointer<UInt8>, value: UnsafeRawBufferPointer) throws(KafkaError) {
    try producer.send(to: trades, key: UnsafeRawBufferPointer(key), value: value)
  }

  /// Keeps a line that is no trade, with its reason.
  func send(_ reject: FileSource.Reject, source: String) throws(KafkaError) {
    let headers = [
      RecordHeader("wick.reason", reject.reason.rawValue), RecordHeader("wick.query", "ingest"),
      RecordHeader("wick.source", "\(source):\(reject.lineNumber)"),
    ]
    try withBytes(reject.bytes) { value throws(KafkaError) in
      try producer.send(to: invalid, key: nil, value: value, headers: headers)
    }
  }

  func send(_ position: SourcePosition, key: String) throws(KafkaError) {
    try withBytes(Array(key.utf8)) { key throws(KafkaError) in
      try withBytes(position.encoded) { value throws(KafkaError) in
        try producer.send(to: positions, partition: 0, key: key, value: value)
      }
    }
  }

  /// A name for the next transaction that no other has, in this run or another.
  func nextCommitID() -> String {
    serial += 1
    return "\(run)-\(serial)"
  }

  func succeeded() {
    failingSince = nil
    failures = 0
  }

  /// Does what `error` asks for. Gives up with an error when nothing helps, or nothing has for too long.
  func recover(_ error: KafkaError) throws(IngestError) -> Recovered {
    let now = MonotonicClock.nanos()
    let since = failingSince ?? now
    failingSince = since
    failures += 1
    switch error.recovery {
    case .fenced, .fatal, .badInput: throw IngestError(error)
    case .retrySameCall, .abortAndReplay:
      CrashPoint.hit("ingest.abort")
      let isAborted = (try? producer.abort()) != nil
      CrashPoint.hit("ingest.abort", .after)
      if isAborted {
        // What the cluster refuses now it may refuse for long: a record too large, a topic that is gone.
        guard now < since + configuration.giveUpAfterNanos else { throw IngestError(error) }
        Blocking.pause(milliseconds: 10 << min(failures, 7))
        return .aborted
      }
    case .rebuild, .unavailable: break
    }
    try replace(giveUpAt: since + configuration.giveUpAfterNanos)
    return .replaced
  }

  private func replace(giveUpAt deadline: Int64) throws(IngestError) {
    producer.close()
    while true {
      do throws(KafkaError) {
        (producer, trades, invalid, positions) = try Self.connect(configuration, transactionalID)
        return
      } catch {
        guard error.recovery != .fatal, error.recovery != .badInput, MonotonicClock.nanos() < deadline else {
          throw IngestError(error)
        }
        Blocking.pause(milliseconds: 200)
      }
    }
  }

  func close() { producer.close() }

  private func withBytes(_ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(KafkaError) -> Void) throws(KafkaError) {
    var result: Result<Void, KafkaError> = .success(())
    bytes.withUnsafeBytes { buffer in
      do throws(KafkaError) { try body(buffer) } catch { result = .failure(error) }
    }
    try result.get()
  }
}
