import Kafka

/// How far the consumer fetches ahead.
///
/// A partition whose queue is full is not fetched for a second, however fast the queue empties (librdkafka before 2.2.0, where
/// `fetch.queue.backoff.ms` came). So a queue must hold about a second's worth, or the sink waits most of the time: measured
/// with four partitions, 190,000 rows/s with the default limit of 100,000 messages and 1,650,000 without it.
enum ReadAhead {
  /// Kilobytes for all partitions together, as long as each gets at least `least`.
  private static let budget = 262_144
  private static let least = 8_192
  private static let most = 65_536

  /// librdkafka's settings for a sink of so many partitions.
  static func settings(partitions: Int) -> [String: String] {
    let kilobytes = min(most, max(least, budget / max(1, partitions)))
    return ["queued.min.messages": "10000000", "queued.max.messages.kbytes": String(kilobytes)]
  }

  /// A consumer with these settings, on librdkafka old and new. What the configuration sets itself stays.
  static func consumer(_ configuration: KafkaConfiguration, _ options: Consumer.Options, partitions: Int) throws -> Consumer {
    var tuned = configuration
    tuned.settings.merge(settings(partitions: partitions)) { own, _ in own }
    var newer = tuned
    newer.settings.merge(["fetch.queue.backoff.ms": "10"]) { own, _ in own }
    do {
      return try Consumer(newer, options)
    } catch {
      guard error.recovery == .badInput else { throw error }
      return try Consumer(tuned, options)
    }
  }
}
