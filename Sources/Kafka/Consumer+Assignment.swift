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
    try start(partitions)
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
    // Partitions that come when this member is about to leave are given back without a look at them.
    if isClosing, code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS || assignment.isEmpty {
      rd_kafka_assign(pointer, nil)
      return
    }
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

  /// Gives up all partitions and ends the subscription, so that closing meets no rebalance.
  ///
  /// librdkafka 2.0.2 asked to close while a rebalance waits for its answer forgets that it waits (`rd_kafka_cgrp_terminate0`):
  /// it may end before the answer comes, and then `rd_kafka_assign` waits for ever (#4884). What was fetched before partitions
  /// are given up is out of date and not delivered; should a record come nevertheless, the position that a revoke hook asks for
  /// lies before it.
  ///
  /// A static member would leave the group with its subscription, so that one only answers what has been asked by now.
  func leaveGroup() {
    guard onRevoke != nil else { return }
    // Put off while a rebalance is under way, and carried out by polling.
    let deadline = Deadline(after: .seconds(30))
    if isStaticMember {
      // No more records come, so that there is an end of what waits.
      do { try pause(assignment) } catch { pendingError = pendingError ?? error }
    } else if rd_kafka_unsubscribe(pointer).rawValue == 0 {
      while isSubscribed, !deadline.hasPassed { answerRebalances(within: 10, until: deadline) }
    }
    // What ending the subscription asked for was asked for before it was seen to have ended.
    answerRebalances(within: 0, until: Deadline(after: .seconds(30)))
  }

  private func answerRebalances(within milliseconds: Int32, until deadline: Deadline) {
    while !deadline.hasPassed, let message = rd_kafka_consumer_poll(pointer, milliseconds) {
      noteUnseen(message.pointee)
      rd_kafka_message_destroy(message)
    }
  }

  private func noteUnseen(_ message: rd_kafka_message_t) {
    guard message.err.rawValue == 0, let topic = message.rkt, let name = rd_kafka_topic_name(topic) else { return }
    noteUnseen(TopicPartition(String(cString: name), message.partition), message.offset)
  }

  /// The first offset that was dropped is where reading goes on.
  private func noteUnseen(_ partition: TopicPartition, _ offset: Int64) {
    if unseen[partition] == nil { unseen[partition] = offset }
  }

  private var isSubscribed: Bool {
    var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    guard rd_kafka_subscription(pointer, &list).rawValue == 0, let list else { return false }
    defer { rd_kafka_topic_partition_list_destroy(list) }
    return list.pointee.cnt > 0
  }

  private func dropUnseen() {
    if isPolling, let batch = lastBatch {
      for record in batch.records {
        noteUnseen(TopicPartition(topics[Int(record.topic)], record.partition), record.offset)
      }
    }
    lastBatch?.clear()
  }

  private func accept(_ partitions: [TopicPartition]) throws {
    var starts = Dictionary(partitions.map { ($0, StartOffset.committed) }) { a, _ in a }
    assignment = []
    try onAssign?(&starts)
    try start(Dictionary(partitions.map { ($0, starts[$0] ?? .committed) }) { a, _ in a })
    assignment = partitions.sorted()
    pausedPartitions = []
  }

  /// Hands partitions to librdkafka, and waits until it has forgotten how far they had been read before.
  ///
  /// It stops what it fetched in a thread of its own after `rd_kafka_assign` has returned (`rd_kafka_toppar_fetch_stopped`, all versions
  /// up to 2.14 at least), and tells the old position until then: records between the new start and that position would be taken for
  /// read.
  private func start(_ starts: [TopicPartition: StartOffset]) throws(KafkaError) {
    let list = PartitionList(starts.map { ($0.key, $0.value.number) })
    try KafkaError.check(rd_kafka_assign(pointer, list.pointer), "assign")
    let deadline = Deadline(after: .seconds(30))
    let positions = PartitionList(Array(starts.keys))
    while true {
      try KafkaError.check(rd_kafka_position(pointer, positions.pointer), "position")
      if positions.entries.allSatisfy({ $0.1.offset < 0 }) { return }
      guard !deadline.hasPassed else {
        throw KafkaError(
          code: .timedOut, operation: "assign", reason: "the partitions read before were not given up within 30 s",
          recovery: .unavailable)
      }
      Blocking.pause(milliseconds: 1)
    }
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
