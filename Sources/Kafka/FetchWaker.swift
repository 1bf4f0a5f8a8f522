import CRdKafka

/// Keeps fetching going when the queue of fetched records runs full.
///
/// librdkafka before 2.2.0 stops fetching a partition whose queue is over its bound, and looks again only when its broker thread
/// wakes: for a queue that is drained in milliseconds, that is up to a second of standstill. Any request wakes the thread, so
/// whenever half a queue has been consumed a cheap one (list groups) goes to every broker, one at a time, its answer ignored.
/// Newer versions have a setting instead (`fetch.queue.backoff.ms`).
final class FetchWaker {
  static let hasBackoffSetting = rd_kafka_version() >= 0x0202_00ff

  private let client: OpaquePointer
  private let records: Int
  private let bytes: Int
  private var consumedRecords = 0
  private var consumedBytes = 0
  private var isWaiting = false
  private var queue: OpaquePointer?

  /// - Parameters:
  ///   - records: the bound of the queue in records.
  ///   - bytes: the bound of the queue in bytes.
  init(_ client: OpaquePointer, records: Int, bytes: Int) {
    self.client = client
    self.records = records
    self.bytes = bytes
    queue = Self.hasBackoffSetting ? nil : rd_kafka_queue_new(client)
  }

  /// Notes what one poll has taken from the queue.
  func consumed(records: Int, bytes: Int) {
    guard let queue else { return }
    consumedRecords += records
    consumedBytes += bytes
    guard consumedRecords >= self.records / 2 || consumedBytes >= self.bytes / 2 else { return }
    if isWaiting, let event = rd_kafka_queue_poll(queue, 0) {
      rd_kafka_event_destroy(event)
      isWaiting = false
    }
    guard !isWaiting else { return }
    consumedRecords = 0
    consumedBytes = 0
    isWaiting = true
    rd_kafka_ListConsumerGroups(client, nil, queue)
  }

  /// Before the client is destroyed.
  func close() {
    guard let queue else { return }
    self.queue = nil
    rd_kafka_queue_destroy(queue)
  }
}
