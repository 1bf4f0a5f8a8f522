import Foundation
import Histories
import Kafka
import NIOCore
import NetworkFaults
import TestSupport

@testable import EmbeddedKafka

/// Where a chaos run takes place and who writes it down.
struct ChaosScene: Sendable {
  let lab: Lab
  let topic: String
  let partitions: Int32
  let recorder: HistoryRecorder
  /// The number of transactions, or of flushes, of each producer.
  let rounds: Int
}

/// Transactions that send, and some that read as well, on the same topic.
struct ChaosTransactions {
  let scene: ChaosScene
  let number: Int
  let id = Lab.name("chaos")
  private var random: SeededGenerator
  private var producer: TransactionalProducer?
  private var session = 0
  private let reader: ChaosReading

  init(_ scene: ChaosScene, number: Int, seed: UInt64) throws {
    (self.scene, self.number) = (scene, number)
    random = SeededGenerator(seed: seed)
    reader = try ChaosReading(scene, .committed)
  }

  mutating func run() throws {
    for _ in 0..<scene.rounds {
      do {
        try transact()
      } catch let error as KafkaError {
        try recover(error)
      }
    }
    producer?.close()
    reader.close()
  }

  /// Ends what the last client left open.
  static func settle(_ scene: ChaosScene, id: String) throws { try TransactionalWork.connect(scene.lab, id).close() }

  private mutating func connected() throws -> TransactionalProducer {
    if let producer { return producer }
    let new = try TransactionalWork.connect(scene.lab, id)
    (producer, session) = (new, scene.recorder.session())
    return new
  }

  private mutating func transact() throws {
    let producer = try connected()
    let permit = try producer.begin()
    let transaction = scene.recorder.began(producer: number)
    let handle = try producer.topic(scene.topic)
    var isCommitting = false
    do throws(KafkaError) {
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        try send(producer, handle, transaction)
        // While it reads, what it has sent is stored, and may be seen too early.
        if Bool.random(using: &random) { reader.poll(transaction: transaction) }
      }
      if Int.random(in: 0..<4, using: &random) == 0 {
        scene.recorder.ended(transaction, .failed)
        return try producer.abort(timeout: .seconds(20))
      }
      scene.recorder.committing(transaction)
      isCommitting = true
      try producer.commit(permit, timeout: .seconds(20))
      scene.recorder.ended(transaction, .done)
    } catch {
      // What was never asked to be committed is not; nor, says the error, is what has only to be aborted.
      if !isCommitting || error.recovery == .abortAndReplay { scene.recorder.ended(transaction, .failed) }
      throw error
    }
  }

  private mutating func send(_ producer: TransactionalProducer, _ handle: TopicHandle, _ transaction: Int) throws(KafkaError) {
    for _ in 0..<Int.random(in: 1...8, using: &random) {
      let partition = Int32.random(in: 0..<scene.partitions, using: &random)
      let (send, value) = scene.recorder.sending(
        producer: number, session: session, transaction: transaction, partition: partition)
      do throws(KafkaError) {
        try producer.send(handle, partition, "\(value)")
      } catch {
        scene.recorder.sent(send, .failed)
        throw error
      }
    }
  }

  private mutating func recover(_ error: KafkaError) throws {
    if error.recovery == .badInput { throw error }
    if error.recovery == .abortAndReplay, let producer, (try? producer.abort(timeout: .seconds(20))) != nil { return }
    producer?.close()
    producer = nil
  }
}

/// Sends without transactions.
enum ChaosSends {
  /// An idempotent producer that flushes now and then, and is replaced when that fails.
  static func idempotent(_ scene: ChaosScene, number: Int, seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var client: (producer: Producer, session: Int)?
    defer { client?.producer.close() }
    for _ in 0..<scene.rounds {
      let (producer, session) = try client ?? (Producer(scene.lab.faulty(["linger.ms": "1"])), scene.recorder.session())
      client = (producer, session)
      let handle = try producer.topic(scene.topic)
      var sent: [Int] = []
      do {
        for _ in 0..<Int.random(in: 1...20, using: &random) {
          let partition = Int32.random(in: 0..<scene.partitions, using: &random)
          let (send, value) = scene.recorder.sending(producer: number, session: session, partition: partition)
          try Array("\(value)".utf8).withUnsafeBytes {
            try producer.send(to: handle, partition: partition, key: nil, value: $0)
          }
          sent.append(send)
        }
        try producer.flush(timeout: .seconds(20))
        for send in sent { scene.recorder.sent(send, .done) }
      } catch is KafkaError {
        // Any of them may have arrived, and may yet.
        producer.close()
        client = nil
      }
    }
  }

  /// A client without retries and without a producer id, which learns the offsets.
  static func plain(_ scene: ChaosScene, number: Int, seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var client: (raw: RawClient, session: Int)?
    for _ in 0..<scene.rounds {
      let partition = Int32.random(in: 0..<scene.partitions, using: &random)
      do {
        let (raw, session) = try client ?? (RawClient(scene.lab.proxy.bootstrap, patience: 2), scene.recorder.session())
        client = (raw, session)
        var builder = RecordBatchBuilder()
        var sent: [Int] = []
        for _ in 0..<Int.random(in: 1...5, using: &random) {
          let (send, value) = scene.recorder.sending(producer: number, session: session, partition: partition)
          builder.append(key: nil, value: Array("\(value)".utf8), timestampMs: 1000)
          sent.append(send)
        }
        var request = ProduceRequest()
        request.acks = -1
        request.timeoutMs = 10_000
        let records = ProduceRequest.Partition(index: partition, records: ByteBuffer(bytes: builder.finish()))
        request.topics = [ProduceRequest.Topic(name: scene.topic, partitions: [records])]
        let answer = try raw.call(request, version: 7).topics[0].partitions[0]
        guard answer.errorCode == 0 else { continue }
        for (index, send) in sent.enumerated() { scene.recorder.sent(send, .done, offset: answer.baseOffset + Int64(index)) }
      } catch is RawClient.Closed {
        client = nil
        Blocking.pause(milliseconds: 5)
      }
    }
  }
}
