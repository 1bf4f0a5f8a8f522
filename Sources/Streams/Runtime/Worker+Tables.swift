import Kafka
import SQL
import Windows

/// A stream that is joined waits until its tables have been read: in a bounded run to their targets, otherwise to the ends that they
/// had when the partitions were assigned. After that both flow, and a record meets the row that has come by then.
extension Worker {
  /// What the tasks of joined streams have to wait for. Called when tasks are made.
  func awaitTables() throws {
    let tables = tasks.values.filter { $0.table != nil }.map(\.partition)
    guard !tables.isEmpty else { return }
    let ends = context.bounds == nil ? try consumer.offsets(.end, of: tables) : [:]
    for task in tasks.values {
      for plan in task.queries.map(\.engine.plan) where plan.rollUp == nil {
        guard let join = plan.join else { continue }
        let table = TopicPartition(join.table.topic, task.partition.partition)
        task.awaited[table] = ends[table] ?? 0
      }
    }
  }

  /// Stops fetching for tasks that wait, and goes on with those whose tables are there.
  func holdAndRelease() -> CheckpointStop? {
    let held = tasks.values.filter(\.isHeld)
    guard !held.isEmpty else { return nil }
    do {
      try consumer.pause(held.map(\.partition))
      let positions = try consumer.positions()
      let ready = held.filter { task in task.awaited.allSatisfy { isRead($0.key, to: $0.value, positions) } }
      guard !ready.isEmpty else { return nil }
      // An assignment does not end a pause.
      try consumer.resume(held.map(\.partition))
      // What was read of them meanwhile was left alone: all go on where they have been processed to.
      try consumer.assign(tasks.mapValues { .at($0.next) })
      for task in ready { task.awaited = [:] }
      try consumer.pause(tasks.values.filter(\.isHeld).map(\.partition))
      return nil
    } catch {
      return drive(failing(error))
    }
  }

  private func isRead(_ table: TopicPartition, to end: Int64, _ positions: [TopicPartition: Int64?]) -> Bool {
    guard let task = tasks[table] else { return false }
    // In a bounded run the end may not be known yet, where queries of this very run fill the table.
    guard let end = context.bounds.map({ $0.target(table) }) ?? end else { return false }
    return max(task.next, (positions[table] ?? nil) ?? 0) >= end
  }
}
