import Foundation
import Kafka
import Logging
import SQL

/// The control topic: reads it from its beginning for as long as it lives, and writes to it. Safe from any thread that may block.
///
/// Reading waits for the topic to be made; the first statement makes it.
public final class ControlLog: Sendable {
  /// What became of the records.
  private struct Content {
    var state: ControlState
    var isCurrent = false
    var failure: ServeError?
    /// By id of a record: why it was ignored; nil where it was not.
    var outcomes: [String: ServeError?] = [:]
    var position: Int64 = 0
  }

  private let kafka: KafkaConfiguration
  private let topic: String
  private let replication: Int
  private let stop = StopHandle()
  private let content: Monitor<Content>

  public init(_ kafka: KafkaConfiguration, topic: String, replication: Int = -1, initial: ControlState) {
    self.kafka = kafka
    self.topic = topic
    self.replication = replication
    content = Monitor(Content(state: initial))
  }

  /// Starts reading; returns once all is read that is there, or that there is nothing.
  public func open(timeout: Duration = .seconds(30)) throws {
    _ = BlockingThread(name: "control") { () throws in self.follow() }
    try wait(timeout) { $0.isCurrent }
  }

  /// Stops reading.
  public func close() { stop.stop() }

  /// The state as far as it is known here.
  public var state: ControlState { content.withLock { $0.state } }

  private func wait(_ timeout: Duration, until isDone: (Content) -> Bool) throws(ServeError) {
    let done: Bool? = try content.wait(timeout) { content throws(ServeError) in
      if isDone(content) { return true }
      if let failure = content.failure { throw failure }
      return nil
    }
    if done == nil {
      throw ServeError(.timedOut, "The control topic \(topic) was not read to its end in time; ask again.")
    }
  }

  /// Waits at most `milliseconds` for a state after `position`; nil when nothing came.
  func next(after position: Int64, milliseconds: Int) -> (state: ControlState, position: Int64)? {
    content.wait(.milliseconds(milliseconds)) { $0.position > position ? ($0.state, $0.position) : nil }
  }

  // MARK: Reading

  private func follow() {
    while !stop.isStopped {
      do {
        try awaitTopic()
        if stop.isStopped { return }
        // A reading that failed begins anew: records that were taken up before are recognised.
        var offset: Int64 = 0
        try TopicReading(kafka: kafka, topics: [topic]).run(
          stop: stop,
          onEnd: {
            self.content.withLock { $0.isCurrent = true }; return .more
          },
          onRecord: { record, _, _ in
            offset = record.offset + 1
            self.take(record, offset)
            return .more
          })
      } catch {
        kafka.logger.warning("the control topic cannot be read", metadata: ["topic": "\(topic)", "error": "\(error)"])
        Blocking.pause(milliseconds: 500)
      }
    }
  }

  /// Until there is a topic, its absence is all there is to know.
  private func awaitTopic() throws {
    let admin = try Admin(kafka, timeout: .seconds(10))
    defer { admin.close() }
    while !stop.isStopped, try admin.topics()[topic] == nil {
      content.withLock { $0.isCurrent = true }
      Blocking.pause(milliseconds: 500)
    }
  }

  private func take(_ record: RecordView, _ position: Int64) {
    let parsed = record.value.flatMap { ControlRecord([UInt8]($0)) }
    content.withLock { content in
      guard position > content.position else { return }
      content.position = position
      guard let parsed else { return }
      do {
        try content.state.apply(parsed)
        content.outcomes[parsed.id] = .some(nil)
      } catch {
        content.outcomes[parsed.id] = .some(ServeError.wrapping(error))
      }
    }
  }

  // MARK: Writing

  /// Writes a statement and waits until it is read back in its place among all others.
  ///
  /// - Returns: its number on the topic.
  /// - Throws: why it is wrong, with nothing written; or what another statement, written at the same time, made of it.
  func submit(_ statement: String, _ values: SessionValues, timeout: Duration) throws -> Int64 {
    let record = ControlRecord(
      id: UUID().uuidString, statement: statement + ";", properties: values.properties, variables: values.variables)
    var trial = state
    try trial.apply(record)
    let admin = try Admin(kafka, timeout: .seconds(10))
    try admin.create([TopicSpecification(topic, partitions: 1, replication: replication, settings: ["retention.ms": "-1"])])
    admin.close()
    let producer = try Producer(kafka)
    defer { producer.close() }
    let handle = try producer.topic(topic)
    try record.bytes.withUnsafeBytes { try producer.send(to: handle, partition: 0, key: nil, value: $0) }
    try producer.flush()
    try wait(timeout) { $0.outcomes[record.id] != nil }
    if let refusal = content.withLock({ $0.outcomes[record.id] ?? nil }) { throw refusal }
    return content.withLock { $0.position }
  }
}
