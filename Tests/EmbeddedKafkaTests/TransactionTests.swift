import Foundation
import NIOCore
import TestSupport
import Testing

@testable import EmbeddedKafka

@Suite struct TransactionTests {
  @Test func `a batch of a partition outside of the transaction is refused`() throws {
    let client = try TestBroker().client()
    try client.create("t", partitions: 2)
    let producer = try client.initialise("id")
    func send(_ partition: Int32, epoch: Int16? = nil, id: String = "id") throws -> Int16 {
      try client.produce(
        "t", ["x"], partition: partition, transactionalID: id, producerID: producer.producerID,
        epoch: epoch ?? producer.producerEpoch, sequence: 0
      ).error
    }
    #expect(try send(0) == ErrorCode.invalidTxnState.rawValue)
    #expect(try client.add("t", to: "id", producer) == [0])
    #expect(try send(1) == ErrorCode.invalidTxnState.rawValue)
    #expect(try send(0, epoch: 5) == ErrorCode.invalidProducerEpoch.rawValue)
    #expect(try send(0, id: "nobody") == ErrorCode.invalidProducerIDMapping.rawValue)
    #expect(try send(0) == 0)
    #expect(try client.end("id", producer, commit: true) == 0)
    #expect(try send(0) == ErrorCode.invalidTxnState.rawValue)
  }

  @Test func `unknown partitions keep the others out of the transaction`() throws {
    let client = try TestBroker().client()
    try client.create("t")
    let producer = try client.initialise("id")
    let codes = try client.add("t", to: "id", producer, partitions: [0, 1])
    #expect(codes == [ErrorCode.operationNotAttempted.rawValue, ErrorCode.unknownTopicOrPartition.rawValue])
    #expect(try client.end("id", producer, commit: true) == ErrorCode.invalidTxnState.rawValue)
  }

  @Test func `a fenced producer hears the code that its version knows`() throws {
    let client = try TestBroker().client()
    try client.create("t")
    let old = try client.initialise("id")
    #expect(try client.add("t", to: "id", old) == [0])
    let new = try client.initialise("id")
    #expect(new.producerID == old.producerID && new.producerEpoch == old.producerEpoch + 2)
    #expect(try client.end("id", old, commit: true, version: 1) == ErrorCode.invalidProducerEpoch.rawValue)
    #expect(try client.end("id", old, commit: true, version: 2) == ErrorCode.producerFenced.rawValue)
  }

  @Test func `time-outs beyond the limit are refused`() throws {
    let client = try TestBroker().client()
    #expect(try client.initialise("id", timeoutMs: 900_001).errorCode == ErrorCode.invalidTransactionTimeout.rawValue)
    #expect(try client.initialise("id", timeoutMs: 0).errorCode == ErrorCode.invalidTransactionTimeout.rawValue)
    #expect(try client.initialise("id", timeoutMs: 900_000).errorCode == 0)
  }

  @Test func `an open transaction stays open over a restart and can be committed`() throws {
    let broker = try TestBroker()
    var client = try broker.client()
    try client.create("t")
    let producer = try client.initialise("id")
    _ = try client.add("t", to: "id", producer)
    #expect(
      try client.produce(
        "t", ["x"], transactionalID: "id", producerID: producer.producerID, epoch: producer.producerEpoch, sequence: 0
      ).error == 0)
    try broker.restart()
    client = try broker.client()
    #expect(try client.fetch("t", committed: true).lastStableOffset == 0)
    #expect(try client.end("id", producer, commit: true) == 0)
    let after = try client.fetch("t", committed: true)
    #expect(after.lastStableOffset == 2 && after.highWatermark == 2 && after.abortedTransactions?.isEmpty == true)
  }

  @Test(arguments: [true, false])
  func `a restart finishes what was decided, and only where the marker is missing`(_ commit: Bool) throws {
    let broker = try TestBroker()
    var client = try broker.client()
    try client.create("t", partitions: 3)
    let producer = try client.initialise("id")
    _ = try client.add("t", to: "id", producer, partitions: [0, 1, 2])
    for partition in [Int32(0), 1] {
      #expect(
        try client.produce(
          "t", ["x"], partition: partition, transactionalID: "id", producerID: producer.producerID,
          epoch: producer.producerEpoch, sequence: 0
        ).error == 0)
    }
    broker.broker.stop()
    try decide(broker.path, producer, commit: commit, marked: TopicPartition(topic: "t", partition: 0))
    try broker.restart()
    client = try broker.client()
    for (partition, end) in [(0, Int64(2)), (1, 2), (2, 0)] {
      var request = client.fetchRequest("t", committed: true)
      request.topics[0].partitions[0].index = Int32(partition)
      let got = try client.call(request, version: 11).topics[0].partitions[0]
      #expect(got.highWatermark == end && got.lastStableOffset == end, "partition \(partition)")
      #expect(got.abortedTransactions?.count == (commit || end == 0 ? 0 : 1), "partition \(partition)")
    }
    #expect(try client.end("id", producer, commit: commit) == 0)
    #expect(try client.end("id", producer, commit: !commit) == ErrorCode.invalidTxnState.rawValue)
  }

  /// Brings a data folder to where a crash between the first and the second marker leaves it.
  private func decide(
    _ path: String, _ producer: InitProducerIdResponse, commit: Bool, marked: TopicPartition
  ) throws {
    let logs = try LogDirectory(path: path, defaults: LogConfig(), clock: BrokerClock.system.nowMs)
    var metadata = TransactionMetadata(transactionalID: "id", producerID: producer.producerID, timeoutMs: 60_000)
    metadata.producerEpoch = producer.producerEpoch
    metadata.state = commit ? .prepareCommit : .prepareAbort
    metadata.partitions = Set((0...2).map { TopicPartition(topic: "t", partition: $0) })
    let key = try InternalRecord.encode(TransactionRecord.Key(transactionalID: "id"), version: 0)
    let value = try InternalRecord.encode(TransactionRecord(metadata), version: 0)
    let log = try BrokerCore.internalLog(BrokerCore.transactionsTopic, logs)
    _ = try log.appendInternal(records: [(key: key, value: value)], timestampMs: 0)
    _ = try logs.log(marked)?.appendControl(
      commit: commit, producerID: producer.producerID, producerEpoch: producer.producerEpoch, coordinatorEpoch: 0)
    try logs.close()
  }

  @Test func `producer ids are never given out twice, not even over restarts`() throws {
    let broker = try TestBroker()
    var seen: Set<Int64> = []
    for round in 0..<4 {
      for index in 0..<30 {
        let producer = try broker.client().initialise(index % 2 == 0 ? nil : "id-\(round)-\(index)")
        #expect(seen.insert(producer.producerID).inserted)
      }
      try broker.restart()
    }
  }

  @Test func `transactions can be looked at`() throws {
    let client = try TestBroker().client()
    try client.create("t")
    let producer = try client.initialise("id")
    _ = try client.add("t", to: "id", producer)
    _ = try client.produce(
      "t", ["x"], transactionalID: "id", producerID: producer.producerID, epoch: producer.producerEpoch, sequence: 0)
    var list = ListTransactionsRequest()
    list.stateFilters = ["Ongoing", "Nonsense"]
    let listed = try client.call(list, version: 0)
    #expect(listed.transactions.map(\.transactionalID) == ["id"] && listed.unknownStateFilters == ["Nonsense"])
    var describe = DescribeTransactionsRequest()
    describe.transactionalIDs = ["id", "nobody"]
    let described = try client.call(describe, version: 0).transactions
    #expect(described.map(\.errorCode) == [0, ErrorCode.transactionalIDNotFound.rawValue])
    #expect(described[0].topics.map(\.name) == ["t"])
    var producers = DescribeProducersRequest()
    producers.topics = [DescribeProducersRequest.Topic(name: "t", partitions: [0])]
    let state = try client.call(producers, version: 0).topics[0].partitions[0].producers
    #expect(state.map(\.producerID) == [producer.producerID] && state.map(\.currentTransactionStartOffset) == [0])
  }

  @Test func `a stable read of offsets waits for the transaction that has staged them`() throws {
    let client = try TestBroker().client()
    try client.create("t")
    let producer = try client.initialise("id")
    func fetch(_ stable: Bool) throws -> OffsetFetchResponse.Partition {
      var request = OffsetFetchRequest()
      request.groupID = "g"
      request.topics = [OffsetFetchRequest.Topic(name: "t", partitions: [0])]
      request.requireStable = stable
      return try client.call(request, version: 7).topics[0].partitions[0]
    }
    var commit = TxnOffsetCommitRequest()
    commit.transactionalID = "id"
    commit.groupID = "g"
    commit.producerID = producer.producerID
    commit.producerEpoch = producer.producerEpoch
    var partition = TxnOffsetCommitRequest.Partition()
    partition.offset = 9
    partition.metadata = "note"
    commit.topics = [TxnOffsetCommitRequest.Topic(name: "t", partitions: [partition])]
    #expect(try client.call(commit, version: 3).topics[0].partitions[0].errorCode == ErrorCode.invalidTxnState.rawValue)
    var add = AddOffsetsToTxnRequest()
    add.transactionalID = "id"
    add.groupID = "g"
    add.producerID = producer.producerID
    add.producerEpoch = producer.producerEpoch
    #expect(try client.call(add, version: 3).errorCode == 0)
    #expect(try client.call(commit, version: 3).topics[0].partitions[0].errorCode == 0)
    #expect(try fetch(true).errorCode == ErrorCode.unstableOffsetCommit.rawValue)
    #expect(try fetch(false).offset == -1)
    #expect(try client.end("id", producer, commit: true) == 0)
    let stable = try fetch(true)
    #expect(stable.offset == 9 && stable.metadata == "note" && stable.errorCode == 0)
  }
}
