import Kafka
import Logging
import SQL

extension Worker {
  /// Closes windows that no record will close: at the end of bounded input, and on partitions that have been silent.
  func closeWhereDue() -> CheckpointStop? {
    var hasWork = false
    if context.bounds != nil { hasWork = reachTargets() || hasWork }
    for task in tasks.values where isIdle(task) && !task.isHeld {
      task.closesAll = true
      task.isDirty = true
      hasWork = true
    }
    guard hasWork else { return commitPositions() }
    if let stop = drive(.work) { return stop }
    // A failed begin replays, and with it what was just decided.
    return machine.phase == .open ? drive(.due) : nil
  }

  /// The decision becomes part of the state (a frontier) in the very transaction that carries what it closes.
  private func isIdle(_ task: PartitionTask) -> Bool {
    guard let limit = task.source.idleClose, !task.isFinished, task.openWindows > 0 else { return false }
    return task.lastRecordAt.duration(to: .now) >= .microseconds(limit)
  }

  /// Whether tasks have come to the end of their bounded input that still have a last commit to make.
  private func reachTargets() -> Bool {
    let open = tasks.values.filter { !$0.isFinished }
    guard !open.isEmpty else { return false }
    // Only the consumer's position tells that nothing but control records lies before the end.
    let positions = batch.count == 0 ? (try? consumer.positions()) ?? [:] : [:]
    var hasWork = false
    for task in open where !task.isHeld {
      if task.target == nil { task.target = context.bounds?.target(task.partition) }
      if let position = positions[task.partition] ?? nil, let target = task.target, position >= target, task.next < target {
        task.next = target
        task.isDirty = true
      }
      guard task.hasReachedTarget else { continue }
      if context.configuration.final, task.openWindows > 0 {
        task.closesAll = true
        task.isDirty = true
      }
      // Others, who may wait for this partition, see what is committed and nothing else.
      let end = EndOfInput(closesWindows: context.configuration.final)
      if !end.isReached(task.told, target: task.target) { task.isDirty = true }
      if task.isDirty { hasWork = true } else { task.isFinished = true }
    }
    return hasWork
  }

  /// On a quiet source, commits the way past control records once a second, so that its lag reaches zero.
  private func commitPositions() -> CheckpointStop? {
    guard machine.phase == .idle, batch.count == 0, lastCommit.duration(to: .now) >= .seconds(1) else { return nil }
    lastCommit = .now
    guard let positions = try? consumer.positions() else { return nil }
    var hasMoved = false
    for task in tasks.values where !task.isFinished && !task.isHeld {
      guard let position = positions[task.partition] ?? nil, min(position, task.target ?? .max) > task.next else { continue }
      task.isDirty = true
      hasMoved = true
    }
    guard hasMoved else { return nil }
    if let stop = drive(.work) { return stop }
    return machine.phase == .open ? drive(.due) : nil
  }

  /// With `untilEnd`: whether every source partition has come to its end, here or in another instance.
  ///
  /// Nobody leaves between two assignments: whoever is handed a partition closes its windows, and a worker that has none knows
  /// that another has it.
  func isFinished() throws -> Bool {
    guard let bounds = context.bounds, machine.phase == .idle else { return false }
    let (wave, targets) = bounds.known
    guard tasks.allSatisfy({ $0.value.isFinished || targets[$0.key] == nil }), try isRead(targets) else { return false }
    // The ends of what these have filled are known now.
    return try !bounds.advance(from: wave)
  }

  private func isRead(_ targets: [TopicPartition: Int64]) throws -> Bool {
    guard isAssigned || !context.configuration.final || targets.values.allSatisfy({ $0 == 0 }) else { return false }
    let done = Set(tasks.filter(\.value.isFinished).keys)
    context.board.update { board in
      for task in tasks.values { board.partitions[task.partition] = progress(of: task) }
    }
    let finishedHere = Set(context.board.snapshot.partitions.filter { $0.value.isFinished }.map(\.key)).union(done)
    let others = targets.keys.filter { !finishedHere.contains($0) }
    guard !others.isEmpty else { return true }
    // Another worker of this instance may have read to the end, but not yet closed its windows.
    guard context.board.owned.isDisjoint(with: others) else { return false }
    guard lastFinishCheck.duration(to: .now) >= .milliseconds(200) else { return false }
    lastFinishCheck = .now
    let commits = try consumer.commits(Array(others))
    let end = EndOfInput(closesWindows: context.configuration.final)
    let open = try others.filter {
      try !end.isReached(commits[$0], target: targets[$0]) && !isSilentEnd($0, commits[$0], targets[$0])
    }
    tellOfWaiting(open.filter { (commits[$0]?.offset ?? 0) >= targets[$0] ?? 0 })
    return open.isEmpty
  }

  /// Whether another instance stands before what it takes for the end, and nothing but markers lies behind.
  private func isSilentEnd(_ partition: TopicPartition, _ commit: CommittedOffset?, _ target: Int64?) throws -> Bool {
    guard let commit, let target, commit.offset < target else { return false }
    guard EndOfInput(closesWindows: context.configuration.final).isClosed(commit) else { return false }
    if silentEnds.isDue(partition, at: commit.offset, now: .now) {
      let hasRecords = try Consumer.hasRecords(partition, commit.offset..<target, context.configuration.kafka)
      silentEnds.note(partition, at: commit.offset, isEnd: !hasRecords)
    }
    return silentEnds.isEnd(partition, at: commit.offset)
  }

  /// For ever, where the other instance does not close windows at the end.
  private func tellOfWaiting(_ read: [TopicPartition]) {
    guard let first = read.min(), !hasToldOfWaiting else { return }
    hasToldOfWaiting = true
    logger.notice(
      "another instance has read a partition to its end; waiting until it has closed its windows, which it does with --final",
      metadata: ["partition": "\(first)"])
  }
}
