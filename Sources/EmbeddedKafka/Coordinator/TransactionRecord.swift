import NIOCore

/// How `TransactionMetadata` is written to `__transaction_state`: the layout of TransactionLogKey and TransactionLogValue
/// version 0 of Apache Kafka, followed by the previous producer id and epoch, which readers of version 0 leave unread.
struct TransactionRecord: WireStruct {
  var producerID: Int64 = -1
  var producerEpoch: Int16 = -1
  var timeoutMs: Int32 = 0
  var state: Int8 = 0
  var topics: [Topic]?
  var lastUpdateMs: Int64 = -1
  var startMs: Int64 = -1
  var lastProducerID: Int64 = -1
  var lastProducerEpoch: Int16 = -1

  struct Topic: WireStruct {
    var name = ""
    var partitions: [Int32] = []

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&name)
      try coder.integers(&partitions)
    }
  }

  struct Key: WireStruct {
    var transactionalID = ""

    mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
      try coder.string(&transactionalID)
    }
  }

  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError) {
    try coder.integer(&producerID)
    try coder.integer(&producerEpoch)
    try coder.integer(&timeoutMs)
    try coder.integer(&state)
    try coder.nullableArray(&topics)
    try coder.integer(&lastUpdateMs)
    try coder.integer(&startMs)
    try coder.integer(&lastProducerID)
    try coder.integer(&lastProducerEpoch)
  }

  init() {}

  init(_ metadata: TransactionMetadata) {
    producerID = metadata.producerID
    producerEpoch = metadata.producerEpoch
    timeoutMs = metadata.timeoutMs
    state = metadata.state.rawValue
    lastUpdateMs = metadata.lastUpdateMs
    startMs = metadata.startMs
    lastProducerID = metadata.lastProducerID
    lastProducerEpoch = metadata.lastProducerEpoch
    topics = Dictionary(grouping: metadata.partitions, by: \.topic).sorted { $0.key < $1.key }.map { name, partitions in
      var topic = Topic()
      topic.name = name
      topic.partitions = partitions.map(\.partition).sorted()
      return topic
    }
  }

  /// The metadata, or nil where the state is none that exists.
  func metadata(transactionalID: String) -> TransactionMetadata? {
    guard let state = TransactionState(rawValue: state) else { return nil }
    var metadata = TransactionMetadata(transactionalID: transactionalID, producerID: producerID, timeoutMs: timeoutMs)
    metadata.producerEpoch = producerEpoch
    metadata.lastProducerID = lastProducerID
    metadata.lastProducerEpoch = lastProducerEpoch
    metadata.state = state
    metadata.startMs = startMs
    metadata.lastUpdateMs = lastUpdateMs
    for topic in topics ?? [] {
      for partition in topic.partitions { metadata.partitions.insert(TopicPartition(topic: topic.name, partition: partition)) }
    }
    return metadata
  }
}
