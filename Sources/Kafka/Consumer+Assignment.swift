import CRdKafka

extension Consumer {
  /// Joins the group for these topics. Partitions arrive during later polls.
  ///
  /// - Parameters:
  ///   - onAssign: see `AssignHook`. An error keeps the partitions unassigned and is thrown by that poll.
  ///   - onRevoke: see `RevokeHook`. An error does not keep the partitions; it is thrown by that poll.
  public func subscribe(
    _ topics: [String], onAssign: @escaping AssignHook = { _ in }, onRevoke: @escaping RevokeHook = { _, _ in }
  ) throws(KafkaError) {
    try checkOpen("subscribe")
    self.onAssign = onAssign
    self.onRevoke = onRevoke
    let list = PartitionList(topics: topics)
    try KafkaError.check(rd_kafka_subscribe(pointer, list.pointer), "subscribe to \(topics.joined(separator: ", "))")
  }

  /// Reads exactly these partitions, from these offsets, in place of the current ones; outside a group, or within the group's
  /// own assignment to go back to other offsets.
  ///
  /// This is also the way to seek: `rd_kafka_seek_partitions` of 2.0.2 waits a thousandth of its timeout (#4230). What was
  /// fetched before is dropped, and the batch filled last is cleared.
  public func assign(_ partitions: [TopicPartition: StartOffset]) throws(KafkaError) {
    try checkOpen("assign")
    lastBatch?.clear()
    let list = PartitionList(partitions.map { ($0.key, $0.value.number) })
    try KafkaError.check(rd_kafka_assign(pointer, list.pointer), "assign")
    assignment = partitions.keys.sorted()
    pausedPartitions = []
  }

  /// Goes on reading assigned partitions elsewhere; the others keep their positions.
  public func seek(_ offsets: [TopicPartition: Int64]) throws(KafkaError) {
    var starts: [TopicPartition: StartOffset] = [:]
    for (partition, position) in try positions() { starts[partition] = position.map { .at($0) } ?? .committed }
    for (partition, offset) in offsets {
      guard starts[partition] != nil else { throw .badInput("seek", "\(partition) is not assigned") }
      starts[partition] = .at(offset)
    }
    let paused = pausedPartitions
    try assign(starts)
    try pause(paused.sorted())
  }

  /// Stops fetching these partitions. Records already fetched are dropped and fetched again after `resume`.
  public func pause(_ partitions: [TopicPartition]) throws(KafkaError) {
    let new = partitions.filter { assignment.contains($0) && !pausedPartitions.contains($0) }
    guard !new.isEmpty else { return }
    let list = PartitionList(new)
    try KafkaError.check(rd_kafka_pause_partitions(pointer, list.pointer), "pause")
    try list.checkEach("pause")
    pausedPartitions.formUnion(new)
  }

  /// Goes on with partitions that were paused; others are left alone, since resuming a partition that was not paused
  /// continues at a stale position before 2.4.0 (#4636).
  public func resume(_ partitions: [TopicPartition]) throws(KafkaError) {
    let known = partitions.filter { pausedPartitions.contains($0) }
    guard !known.isEmpty else { return }
    let list = PartitionList(known)
    try KafkaError.check(rd_kafka_resume_partitions(pointer, list.pointer), "resume")
    try list.checkEach("resume")
    pausedPartitions.subtract(known)
  }

  /// librdkafka hands over a new assignment, or asks for the present one back. Runs inside `poll` or `close`.
  func rebalance(
    _ code: rd_kafka_resp_err_t, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
  ) {
    // Records of the poll in progress were not handed over: what comes after begins at the new start offsets.
    dropUnseen()
    defer { unseen = [:] }
    do {
      if code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, let list {
        try accept(PartitionList.entries(list).map(\.0))
      } else {
        try giveUp()
      }
    } catch {
      pendingError = pendingError ?? error
      if code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS { rd_kafka_assign(pointer, nil) }
    }
  }

  private func dropUnseen() {
    if isPolling, let batch = lastBatch {
      for record in batch.records {
        let partition = TopicPartition(topics[Int(record.topic)], record.partition)
        if unseen[partition] == nil { unseen[partition] = record.offset }
      }
    }
    lastBatch?.clear()
  }

  private func accept(_ partitions: [TopicPartition]) throws {
    var starts = Dictionary(partitions.map { ($0, StartOffset.committed) }) { a, _ in a }
    assignment = []
    try onAssign?(&starts)
    let list = PartitionList(partitions.map { ($0, (starts[$0] ?? .committed).number) })
    try KafkaError.check(rd_kafka_assign(pointer, list.pointer), "assign")
    assignment = partitions.sorted()
    pausedPartitions = []
  }

  private func giveUp() throws {
    let lost = rd_kafka_assignment_lost(pointer) != 0
    let given = assignment
    defer {
      assignment = []
      pausedPartitions = []
      rd_kafka_assign(pointer, nil)
    }
    try onRevoke?(given, lost)
  }
}
