import Logging
import Synchronization

extension TransactionCoordinator {
  /// Reads `__transaction_state` back. Call once, before anything else.
  func load() throws(LogError) {
    var found: [String: TransactionMetadata] = [:]
    try log.replay(from: log.logStartOffset) { (header, records) throws(LogError) in
      guard !header.isControl else { return }
      for record in records { try Self.apply(record, to: &found) }
    }
    let highest = found.values.map { max($0.producerID, $0.lastProducerID) }.max() ?? -1
    producerIDs.skip(past: highest)
    let entries = found.mapValues { Entry($0, openedMs: openedMs($0)) }
    self.entries.withLock { $0 = entries }
  }

  /// What had passed before the restart counts, as far as the wall clock can be believed.
  private func openedMs(_ metadata: TransactionMetadata) -> Int64? {
    guard metadata.state == .ongoing else { return nil }
    return clock.monotonicMs() - min(max(clock.nowMs() - metadata.startMs, 0), Int64(metadata.timeoutMs))
  }

  private static func apply(_ record: Record, to found: inout [String: TransactionMetadata]) throws(LogError) {
    guard let keyBytes = record.key else { return }
    do throws(WireError) {
      let id = try InternalRecord.decode(TransactionRecord.Key.self, keyBytes).transactionalID
      guard let valueBytes = record.value else {
        found[id] = nil
        return
      }
      found[id] = try InternalRecord.decode(TransactionRecord.self, valueBytes).metadata(transactionalID: id)
    } catch {
      throw LogError(.corruptLog, "__transaction_state holds an unreadable record at offset \(record.offset)")
    }
  }

  /// Ends what a crash left between decision and completion.
  ///
  /// `isOpen` says whether a partition still waits for the marker of a producer: one that had its marker before the crash
  /// does not get another.
  func finishPrepared(isOpen: (TopicPartition, _ producerID: Int64) -> Bool) throws(LogError) {
    for entry in entries.withLock({ Array($0.values) }) {
      let failed = entry.current.withLock { progress in
        guard progress.metadata.state.isPrepared else { return false }
        let producerID = progress.metadata.producerID
        progress.marked = progress.metadata.partitions.filter { !isOpen($0, producerID) }
        return (try? finish(&progress)) == nil
      }
      if failed { throw LogError(.storage, "a transaction decided before the restart could not be completed; see the log") }
    }
  }

  /// Aborts transactions that are open for too long, and tries again what could not be completed.
  func tick() {
    for entry in entries.withLock({ Array($0.values) }) {
      let overdue = entry.current.withLockIfAvailable { progress in
        if progress.metadata.state.isPrepared {
          // A failure is logged by `finish` and tried again at the next tick.
          _ = try? finish(&progress)
          return false
        }
        return TransactionStateMachine.decide(progress.metadata, .tick, nowMs: time(of: .tick, progress)) != .done
      }
      guard overdue == true else { continue }
      do throws(ErrorCode) {
        let metadata = try perform(entry, .tick)
        logger.warning(
          "transaction open for longer than its time-out, aborted",
          metadata: ["transactional.id": "\(metadata.transactionalID)", "state": "\(metadata.state.name)"])
      } catch {
        logger.debug("transaction time-out postponed", metadata: ["error": "\(error)"])
      }
    }
  }

  /// All transactional ids with their state, sorted by id.
  func snapshot() -> [TransactionMetadata] {
    let entries = self.entries.withLock { Array($0.values) }
    return entries.map { entry in entry.current.withLock { $0.metadata } }
      .filter { $0.producerEpoch != TransactionMetadata.noEpoch }
      .sorted { $0.transactionalID < $1.transactionalID }
  }
}
