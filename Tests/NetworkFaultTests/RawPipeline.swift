import Foundation
import Kafka
import NIOCore
import TestSupport

@testable import EmbeddedKafka

/// An idempotent producer in a few lines, up to five requests in flight, that sends again what had no answer: faster at losing
/// connections than a library, and it sees the offsets.
struct RawPipeline {
  struct Batch { var partition: Int32, first: Int, count: Int, sequence: Int32 }

  private let client: RawClient
  private let topic: String
  private let producerID: Int64
  private let epoch: Int16
  private var waiting: [Batch] = []
  private var inFlight: [(correlation: Int32, batch: Batch)] = []
  private var sequences: [Int32: Int32] = [:]
  private var nextValue = 0
  /// Of each value, where the cluster said it is.
  private(set) var offsets: [Int32: [(value: Int, offset: Int64)]] = [:]
  private(set) var reconnects = 0
  private(set) var batches = 0

  /// - Parameter firstSequence: of each partition. Other than 0 only where the cluster knows nothing of the producer.
  init(_ client: RawClient, topic: String, firstSequence: Int32 = 0, partitions: Int32) throws {
    (self.client, self.topic) = (client, topic)
    let identity = try Self.identity(client)
    (producerID, epoch) = (identity.producerID, identity.producerEpoch)
    for partition in 0..<partitions { sequences[partition] = firstSequence }
  }

  private static func identity(_ client: RawClient) throws -> InitProducerIdResponse {
    var request = InitProducerIdRequest()
    request.transactionTimeoutMs = 60_000
    var identity = InitProducerIdResponse()
    try wait("a producer id") {
      identity = try client.call(request, version: 1)
      return identity.errorCode == 0
    }
    return identity
  }

  /// A batch of the next so many values, which are numbers.
  mutating func add(_ count: Int, to partition: Int32) {
    let sequence = sequences[partition] ?? 0
    waiting.append(Batch(partition: partition, first: nextValue, count: count, sequence: sequence))
    sequences[partition] = BatchHeader.sequence(sequence, advancedBy: Int32(count))
    nextValue += count
  }

  func request(_ batch: Batch) -> ProduceRequest {
    var builder = RecordBatchBuilder(producerID: producerID, producerEpoch: epoch, baseSequence: batch.sequence)
    for value in batch.first..<batch.first + batch.count {
      builder.append(key: nil, value: Array("\(value)".utf8), timestampMs: 1000)
    }
    var request = ProduceRequest()
    request.acks = -1
    request.timeoutMs = 10_000
    let records = ProduceRequest.Partition(index: batch.partition, records: ByteBuffer(bytes: builder.finish()))
    request.topics = [ProduceRequest.Topic(name: topic, partitions: [records])]
    return request
  }

  /// Sends everything, and again what was lost, until all of it has an answer. An answer that is an error is thrown.
  mutating func flush() throws {
    while !waiting.isEmpty || !inFlight.isEmpty {
      do {
        while inFlight.count < 5, !waiting.isEmpty {
          let batch = waiting.removeFirst()
          inFlight.append((-1, batch))
          inFlight[inFlight.count - 1].correlation = try client.post(request(batch), version: 7)
        }
        try settle(try client.receive())
      } catch is RawClient.Closed {
        try reconnect()
      }
    }
  }

  private mutating func settle(_ answer: (correlation: Int32, body: ByteBuffer)) throws {
    guard let first = inFlight.first, first.correlation == answer.correlation else {
      throw Stuck(description: "an answer out of order")
    }
    let stored = try ProduceRequest.decoded(answer.body, version: 7).topics[0].partitions[0]
    guard stored.errorCode == 0 else { throw Stuck(description: "error \(stored.errorCode) for \(first.batch)") }
    inFlight.removeFirst()
    batches += 1
    for index in 0..<first.batch.count {
      offsets[first.batch.partition, default: []].append((first.batch.first + index, stored.baseOffset + Int64(index)))
    }
  }

  private mutating func reconnect() throws {
    reconnects += 1
    waiting = inFlight.map(\.batch) + waiting
    inFlight = []
    try wait("a connection") {
      do { try client.connect() } catch { return false }
      return true
    }
  }
}

/// Offsets and values of every partition, as they are in the log.
func records(of topic: String, partitions: Int32, _ lab: Lab) throws -> [Int32: [(value: Int, offset: Int64)]] {
  var all: [Int32: [(value: Int, offset: Int64)]] = [:]
  try readAll(of: topic, partitions: partitions, committed: false, lab) { record in
    let text = record.value.map { String(decoding: $0, as: UTF8.self) } ?? ""
    all[record.partition, default: []].append((Int(text) ?? -1, record.offset))
  }
  return all
}

extension RawClient {
  /// The number of producers that the broker remembers of a partition.
  func producers(of topic: String, _ partition: Int32) throws -> Int {
    var request = DescribeProducersRequest()
    request.topics = [DescribeProducersRequest.Topic(name: topic, partitions: [partition])]
    return try call(request, version: 0).topics[0].partitions[0].producers.count
  }
}
