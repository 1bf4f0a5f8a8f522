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

  /// Takes over epochs that a log knows and `__transaction_state` does not. Call before `finishPrepared`.
  ///
  /// Where logs are not synced at once, a loss of power may take the end of `__transaction_state` and leave what it allowed.
  /// An epoch given out a second time would pass new records for copies of old ones.
  func raiseEpochs(_ logs: [PartitionLog]) throws(LogError) {
    let known = entriesByProducer()
    for log in logs {
      for producer in log.producerStates() {
        guard let entry = known[producer.producerID] else { continue }
        let isAhead = entry.current.withLock { producer.producerEpoch > $0.metadata.producerEpoch }
        if isAhead { try outlive(entry, producer, log.topicPartition) }
      }
    }
  }

  /// Aborts transactions that no transactional id answers for: nobody would ever end them. Call after `finishPrepared`.
  func abortOrphans(_ logs: [PartitionLog]) throws(LogError) {
    let known = entriesByProducer()
    for log in logs {
      for producer in log.producerStates() where producer.currentTransactionFirstOffset != nil {
        let entry = known[producer.producerID]
        let isKnown = entry?.current.withLock { progress in
          progress.metadata.state == .ongoing && progress.metadata.partitions.contains(log.topicPartition)
        }
        if isKnown == true { continue }
        if let entry { try outlive(entry, producer, log.topicPartition) }
        var orphan = TransactionMetadata(transactionalID: "", producerID: producer.producerID, timeoutMs: 0)
        orphan.producerEpoch = max(producer.producerEpoch, entry?.current.withLock { $0.metadata.producerEpoch } ?? 0)
        _ = try writeMarker(log.topicPartition, false, orphan)
      }
    }
  }

  private func entriesByProducer() -> [Int64: Entry] {
    var known: [Int64: Entry] = [:]
    for entry in entries.withLock({ Array($0.values) }) {
      known[entry.current.withLock { $0.metadata.producerID }] = entry
    }
    return known
  }

  private func outlive(_ entry: Entry, _ producer: ProducerInfo, _ partition: TopicPartition) throws(LogError) {
    logger.warning(
      "the log of a partition holds more of a producer than was stored of its transactions, as after a loss of power",
      metadata: ["partition": "\(partition)", "producer": "\(producer.producerID)"])
    do throws(ErrorCode) { try perform(entry, .outlived(producerEpoch: producer.producerEpoch)) } catch {
      throw LogError(.storage, "a transaction that outlived its state could not be aborted; see the log")
    }
  }

  /// Aborts transactions that are open for too long, and tries again what could not be completed.
  func tick() {
    for entry in entries.withLock({ Array($0.values) }) {
      let overdue = entry.current.withLockIfAvailable { progress in
        if progress.metadata.state.isPrepared {
          guard clock.monotonicMs() - progress.decidedMs >= markersLateMs else { return false }
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
