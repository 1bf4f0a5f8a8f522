extension Consumer {
  /// Where partitions end with everything in them, open transactions included: their high watermarks.
  ///
  /// `offsets(.end)` of a reader of committed records is the last stable offset instead. It lies before any transaction whose markers
  /// are not written yet, and clusters write them after they have answered the commit: whoever must see what was committed before it
  /// asked has to read up to here. Asks through a consumer of its own, since librdkafka asks with the isolation of the client.
  public static func highWatermarks(
    of partitions: [TopicPartition], _ configuration: KafkaConfiguration, timeout: Duration = .seconds(30)
  ) throws(KafkaError) -> [TopicPartition: Int64] {
    let everything = try Consumer(configuration, Options(readsCommittedOnly: false))
    // It has read nothing and owns nothing, so a close that fails loses nothing.
    defer { try? everything.close() }
    return try everything.offsets(.end, of: partitions, timeout: timeout)
  }

  /// Whether a stretch of a partition holds records for readers of committed ones. Markers of transactions and what was aborted are
  /// none: two who ask for the end of a partition may be told different offsets, with nothing between them.
  ///
  /// Reads through a consumer of its own. True as well where it cannot be known in time, as in front of an open transaction.
  public static func hasRecords(
    _ partition: TopicPartition, _ offsets: Range<Int64>, _ configuration: KafkaConfiguration, patience: Duration = .seconds(5)
  ) throws -> Bool {
    let consumer = try Consumer(configuration, Options(reset: .earliest))
    // It owns nothing and commits nothing, so a close that fails loses nothing.
    defer { try? consumer.close() }
    try consumer.assign([partition: .at(offsets.lowerBound)])
    let batch = RecordBatch(capacity: 16)
    defer { batch.clear() }
    let deadline = ContinuousClock.now + patience
    while ContinuousClock.now < deadline {
      try consumer.poll(into: batch, timeout: .milliseconds(50))
      if let first = batch.records.first { return first.offset < offsets.upperBound }
      if let position = try consumer.positions()[partition] ?? nil, position >= offsets.upperBound { return false }
    }
    return true
  }

  /// The last stable offsets once all that is in the partitions now lies before them: what was committed before the call can be read
  /// up to there. When `patience` is over, what they are then: a transaction that nobody ends holds them back until its time-out.
  ///
  /// - Parameters:
  ///   - configuration: of the cluster this consumer reads from.
  ///   - onWait: called once when it takes more than a second, with the partitions that are held back.
  public func settledEnds(
    of partitions: [TopicPartition], _ configuration: KafkaConfiguration, patience: Duration,
    onWait: (([TopicPartition]) -> Void)? = nil
  ) throws(KafkaError) -> [TopicPartition: Int64] {
    let targets = try Self.highWatermarks(of: partitions, configuration)
    let start = ContinuousClock.now
    let deadline = start + patience
    var onWait = onWait
    while true {
      let ends = try offsets(.end, of: Array(targets.keys))
      let isReached = targets.allSatisfy { ends[$0.key] ?? 0 >= $0.value }
      if isReached || ContinuousClock.now >= deadline { return ends }
      if let tell = onWait, ContinuousClock.now - start > .seconds(1) {
        tell(targets.filter { ends[$0.key] ?? 0 < $0.value }.keys.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) })
        onWait = nil
      }
      Blocking.pause(milliseconds: 10)
    }
  }
}
