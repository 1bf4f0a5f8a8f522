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

  /// The last stable offsets once they have reached `targets`, or what they are when `patience` is over: a transaction that nobody ends
  /// holds them back until its time-out.
  public func stableEnds(
    reaching targets: [TopicPartition: Int64], patience: Duration
  ) throws(KafkaError) -> [TopicPartition: Int64] {
    let deadline = ContinuousClock.now + patience
    while true {
      let ends = try offsets(.end, of: Array(targets.keys))
      let isReached = targets.allSatisfy { ends[$0.key] ?? 0 >= $0.value }
      if isReached || ContinuousClock.now >= deadline { return ends }
      Blocking.pause(milliseconds: 10)
    }
  }
}
