import CrashPoints
import Kafka
import Logging

extension Worker {
  /// The group hands over partitions: restore their state and choose where to start. Runs inside a poll.
  ///
  /// Failures are retried here, with the same limit as elsewhere: a consumer whose hook throws would stay without partitions.
  func assigned(_ starts: inout [TopicPartition: StartOffset]) throws {
    var failures = 0
    while true {
      do {
        starts = try restore(Array(starts.keys))
        isAssigned = true
        return
      } catch {
        let recovery = KafkaError.Recovery.of(error)
        failures += 1
        let isFinal =
          recovery == .fatal || recovery == .fenced || recovery == .badInput || failures > context.configuration.failureLimit
        guard !isFinal else {
          _ = drive(failing(error))
          _ = drive(.failed(.fatal))
          throw error
        }
        // Without partitions there is nothing to finish: the end that was asked for is an orderly one.
        if context.stop.isStopped { throw error }
        logger.warning("restoring failed and is tried again", metadata: ["error": "\(StreamsError.wrapping(error))"])
        Blocking.pause(milliseconds: 20 << min(failures, 6))
      }
    }
  }

  /// The group takes partitions away: commit what is done, unless they are gone already. Runs inside a poll or a close.
  func revoked(_ partitions: [TopicPartition], lost: Bool) throws {
    isLeaving = true
    isAssigned = false
    defer {
      isLeaving = false
      tasks = [:]
      taskTable = []
      processedSinceCommit = 0
      context.board.giveUp(worker: number)
    }
    CrashPoint.hit("revoke")
    _ = drive(lost ? .lost : .due)
    CrashPoint.hit("revoke", .after)
  }

  /// Makes tasks for partitions from their changelogs, and checks each against the group's committed offset.
  func restore(_ partitions: [TopicPartition]) throws -> [TopicPartition: StartOffset] {
    CrashPoint.hit("restore.state")
    let began = ContinuousClock.now
    meters.restoring(partitions.count)
    defer { meters.restoring(0) }
    // Offsets first: the call waits for transactions whose offsets are undecided, and state read after it is at least as new.
    let committed = try consumer.commits(partitions, timeout: context.configuration.transactionTimeout + .seconds(30))
    let changelogs = Dictionary(
      uniqueKeysWithValues: partitions.map { partition in
        let name = TopicPlan.changelog(application: context.configuration.application, source: partition.topic)
        return (partition, TopicPartition(name, partition.partition))
      })
    let states = try reader.read(changelogs.values.sorted())
    // A member that the group has given up reads while its successor commits: what it read then belongs to two commits.
    let limit = context.configuration.transactionTimeout + .seconds(30)
    guard try consumer.commits(partitions, timeout: limit) == committed else {
      throw StreamsError(
        .unavailable, "Another worker committed while state was read back", advice: "Nothing to do: it is read again")
    }
    let earliest = try consumer.offsets(.earliest, of: partitions)
    var starts: [TopicPartition: StartOffset] = [:]
    var made: [TopicPartition: PartitionTask] = [:]
    // Tables first: the engines of those that join with them hold their rows.
    let isTable = { (partition: TopicPartition) in self.context.topology.tables[partition.topic] != nil }
    for partition in partitions.filter(isTable) + partitions.filter({ !isTable($0) }) {
      let state = changelogs[partition].flatMap { states[$0] } ?? RestoredState()
      let next = try start(partition, state, committed[partition]?.offset, earliest: earliest[partition] ?? 0)
      let tables = made.values.filter { $0.table != nil && $0.partition.partition == partition.partition }
      let task = try PartitionTask(
        partition, context, sinks: sinks,
        tables: Dictionary(uniqueKeysWithValues: tables.compactMap { task in task.table.map { (task.partition.topic, $0) } }),
        restored: state, next: next)
      for query in task.newQueries {
        logger.notice(
          "a query is new to the application and begins here",
          metadata: ["query": "\(query)", "partition": "\(partition)", "offset": .stringConvertible(next)])
      }
      task.told = committed[partition]
      made[partition] = task
      starts[partition] = .at(next)
    }
    context.board.take(partitions, worker: number)
    tasks.merge(made) { _, new in new }
    try awaitTables()
    indexTasks()
    meters.restored(states.values.reduce(0) { $0 + $1.entries.count }, since: began)
    CrashPoint.hit("restore.state", .after)
    return starts
  }

  private func start(
    _ partition: TopicPartition, _ state: RestoredState, _ committed: Int64?, earliest: Int64
  ) throws -> Int64 {
    switch StartDecision(position: state.position, committed: committed, partition: "\(partition)") {
    case .fromTheBeginning: return earliest
    case .from(let offset): return offset
    case .fromStateAlone(let offset):
      logger.warning(
        "the group has no committed offset any more; going on by the changelog",
        metadata: ["partition": "\(partition)", "offset": .stringConvertible(offset)])
      return offset
    case .refused(let reason):
      throw StreamsError(
        .inconsistent, reason,
        advice: "Run under a new application id to begin anew, or restore the changelog topic that belongs to the group")
    }
  }
}
