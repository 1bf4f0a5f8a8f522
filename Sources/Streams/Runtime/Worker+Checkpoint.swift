import Contracts
import Kafka
import Logging
import SQL
import Windows

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Worker {
  private var dirtyTasks: [PartitionTask] {
    tasks.values.filter(\.isDirty).sorted { $0.partition < $1.partition }
  }

  /// Candles, then an audit row per query and partition.
  func sendOutputs() throws {
    let producer = try usableProducer()
    let positions = try consumer.positions()
    let topic = try producer.topic(context.configuration.auditTopic)
    for task in dirtyTasks {
      advance(task, positions)
      let source = task.stage.takeCounters()
      if let row = tableRow(task) { try audit(row, task, to: topic, producer) }
      var bases: [String: AuditRow] = [:]
      for query in task.queries {
        let emission = task.closesAll ? query.engine.closeAll() : query.engine.closeDue()
        if let emission {
          query.emitted += try query.sink.send(emission, source: task.partition, with: producer)
        }
        let row = auditRow(task, query, source, base: query.engine.plan.rollUp.flatMap { bases[$0.query] })
        bases[row.query] = row
        try audit(row, task, to: topic, producer)
      }
      task.sourceCounters = source
    }
  }

  private func audit(_ row: AuditRow, _ task: PartitionTask, to topic: TopicHandle, _ producer: TransactionalProducer) throws {
    guard row.isBalanced else {
      throw StreamsError(.fatal, "The counts of \(row.query) on \(task.partition) do not add up: \(row)")
    }
    task.audited.append(row)
    try send(row, to: topic, producer)
  }

  private func tableRow(_ task: PartitionTask) -> AuditRow? {
    guard task.table != nil else { return nil }
    var row = AuditRow(
      query: "TABLE_\(task.source.name)", topic: task.partition.topic, partition: task.partition.partition,
      offsets: task.committedNext..<task.next)
    (row.aggregated, row.nullKey, row.undecodable) = (task.tableCounts.applied, task.tableCounts.nullKey, task.undecodable)
    row.consumed = row.aggregated + row.nullKey + row.undecodable
    return row
  }

  /// The position lies past control records, which no record tells of; never past a target, nor before what was processed.
  private func advance(_ task: PartitionTask, _ positions: [TopicPartition: Int64?]) {
    guard !task.isHeld, let position = positions[task.partition] ?? nil else { return }
    task.next = max(task.next, min(position, task.target ?? .max))
  }

  /// - Parameter base: the row of the query whose windows this one merges. Its records are this one's too; those that have not
  ///   come into its windows count as left out.
  private func auditRow(
    _ task: PartitionTask, _ query: TaskQuery, _ source: SourceCounters, base: AuditRow?
  ) -> AuditRow {
    let counted = query.engine.takeCounters()
    if var row = base {
      row.query = query.engine.plan.id
      row.filtered += row.late + row.nullKey + row.overflow + row.undecodable - task.undecodable
      row.undecodable = task.undecodable
      (row.late, row.nullKey, row.overflow, row.emitted) = (0, 0, 0, query.emitted)
      return row
    }
    var row = AuditRow(
      query: query.engine.plan.id, topic: task.partition.topic, partition: task.partition.partition,
      offsets: task.committedNext..<task.next)
    row.consumed = source.consumed + task.undecodable
    row.undecodable = task.undecodable + counted.withoutValue
    row.duplicate = source.duplicate
    row.badTime = source.badTime
    row.future = source.future
    row.aggregated = counted.aggregated
    row.filtered = counted.filtered
    row.late = counted.late
    row.nullKey = counted.nullKey
    row.overflow = counted.overflow
    row.emitted = query.emitted
    row.streamTime = task.stage.streamTime < 0 ? nil : task.stage.streamTime
    return row
  }

  private func send(_ row: AuditRow, to topic: TopicHandle, _ producer: TransactionalProducer) throws {
    let application = context.configuration.application
    row.encode(
      application: application, committedAt: WallClock.microseconds(), schemaID: context.auditSchemaID, into: &audit)
    let key = Array("\(application)/\(row.query)/\(row.topic)/\(row.partition)".utf8)
    try key.withUnsafeBytes { key in
      try audit.withBytes { value in try producer.send(to: topic, key: key, value: value) }
    }
  }

  /// Changed state and the position, to the changelog partition with the source's number.
  func sendState() throws {
    let producer = try usableProducer()
    for task in dirtyTasks {
      let topic = try producer.topic(task.changelog.topic)
      func send(_ key: [UInt8], _ value: [UInt8]?) throws {
        try key.withUnsafeBytes { key in
          if let value {
            try value.withUnsafeBytes {
              try producer.send(to: topic, partition: task.changelog.partition, key: key, value: $0)
            }
          } else {
            try producer.send(to: topic, partition: task.changelog.partition, key: key, value: nil)
          }
        }
      }
      for entry in task.table?.takeDirty() ?? [] { try send(StateOwner.tableKey(entry.key), entry.value) }
      for entry in task.stage.takeDirty() { try send(StateOwner.sourceKey(entry.key), entry.value) }
      for query in task.queries {
        for entry in query.engine.takeDirty() {
          try send(StateOwner.queryKey(query.engine.plan.id, entry.key), entry.value)
        }
      }
      try send(ChangelogKey.position, TaskPosition(next: task.next, checkpoint: machine.checkpoints + 1).bytes)
    }
  }

  func sendOffsets() throws {
    let closes = context.configuration.final
    let commits = Dictionary(uniqueKeysWithValues: dirtyTasks.map { ($0.partition, $0.commit(closesAtEnd: closes)) })
    try usableProducer().sendOffsets(
      commits, group: consumer.groupMetadata(), timeout: context.configuration.callTimeout)
  }

  /// After the commit: what was done is now told.
  func settle(_ authority: consuming CommitAuthority) {
    var rows: [AuditRow] = []
    var consumed: Int64 = 0
    var duplicate: Int64 = 0
    var (badTime, future, undecodable, refused): (Int64, Int64, Int64, Int64) = (0, 0, 0, 0)
    for task in dirtyTasks {
      consumed += (task.audited.first?.consumed) ?? 0
      duplicate += task.sourceCounters.duplicate
      badTime += task.sourceCounters.badTime
      future += task.sourceCounters.future
      undecodable += task.undecodable
      // Those without a value that some query passes on are broken for others.
      undecodable += task.audited.reduce(0) { $0 + $1.undecodable - task.undecodable }
      rows += task.audited
      task.settle(closesAtEnd: context.configuration.final)
    }
    for sink in sinks.values { refused += Int64(sink.takeRefused()) }
    processedSinceCommit = 0
    lastCommit = .now
    let partitions = tasks.mapValues { progress(of: $0) }
    context.board.update { board in
      board.commits += 1
      board.consumed += consumed
      board.duplicate += duplicate
      board.setAside(badTime, "bad_time")
      board.setAside(future, "future")
      board.setAside(undecodable, "undecodable")
      board.setAside(refused, "refused")
      for row in rows { board.add(row) }
      board.partitions.merge(partitions) { _, new in new }
    }
  }

  /// One line a commit: where it reached from and to, and what came of it. Called before `settle` forgets.
  func tellOfCommit() {
    guard logger.logLevel <= .debug else { return }
    let tasks = dirtyTasks
    let rows = tasks.flatMap(\.audited)
    logger.debug(
      "committed",
      metadata: [
        "epoch": .stringConvertible(machine.checkpoints + 1),
        "offsets": .dictionary(
          Dictionary(uniqueKeysWithValues: tasks.map { ("\($0.partition)", "\($0.committedNext)..<\($0.next)") })),
        "records": .stringConvertible(tasks.reduce(0) { $0 + ($1.audited.first?.consumed ?? 0) }),
        "rows": .stringConvertible(rows.reduce(0) { $0 + $1.emitted }),
        "late": .stringConvertible(rows.reduce(0) { $0 + $1.late }),
        "seconds": .stringConvertible(commitBegan.duration(to: .now) / .seconds(1)),
      ])
  }

  func progress(of task: PartitionTask) -> StreamsProgress.Partition {
    let end = task.target ?? consumer.lastSeenEnd(of: task.partition)
    return StreamsProgress.Partition(
      next: task.committedNext, lag: end.map { max(0, $0 - task.committedNext) },
      streamTime: task.stage.streamTime < 0 ? nil : task.stage.streamTime, isFinished: task.isFinished,
      openWindows: task.openWindows)
  }
}

extension PartitionTask {
  /// What the group is told of this task by the open transaction.
  func commit(closesAtEnd: Bool) -> CommittedOffset {
    CommittedOffset(next, note: closesAtEnd && hasReachedTarget && openWindows == 0 ? EndOfInput.closedNote : "")
  }

  /// The open transaction was committed.
  ///
  /// - Parameter closesAtEnd: whether the task is finished only when its windows are closed too. A commit may carry the
  ///   position to the target, past a last control record, before anyone has asked for that.
  func settle(closesAtEnd: Bool) {
    told = commit(closesAtEnd: closesAtEnd)
    committedNext = next
    undecodable = 0
    tableCounts = (0, 0)
    audited = []
    for query in queries { query.emitted = 0 }
    isDirty = false
    closesAll = false
    if hasReachedTarget, !closesAtEnd || openWindows == 0 { isFinished = true }
  }
}

enum WallClock {
  /// Microseconds since the epoch.
  static func microseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }
}
