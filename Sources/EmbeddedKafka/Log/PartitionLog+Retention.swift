import CrashPoints

extension PartitionLog {
  /// Removes old segments and forgets silent producers. Returns how many segments went.
  ///
  /// Only whole segments go, never one that reaches the last stable offset, so an open transaction keeps its records.
  /// A segment's age is the younger of its newest record and its last append: a backfill of old records is not gone at once.
  func applyRetention(nowMs: Int64) throws(LogError) -> Int {
    lock.lock()
    var removed = 0
    do throws(LogError) {
      try checkUsable()
      producers.expire(nowMs: nowMs, expirationMs: settings.producerIDExpirationMs)
      if settings.cleanupPolicy.contains(.delete) {
        let count = expiredCount(nowMs)
        if count == segments.count { try roll() }
        removed = try removeFirst(count)
      }
    } catch {
      lock.unlock()
      throw error
    }
    let signal = removed > 0 ? signal : nil
    lock.unlock()
    signal?()
    return removed
  }

  /// Moves the log start to `offset` (-1: the high watermark) and removes segments that lie wholly below. Returns the
  /// new log start.
  func deleteRecords(before offset: Int64) throws(LogError) -> Int64 {
    lock.lock()
    let result: Int64
    do throws(LogError) {
      try checkUsable()
      let target = offset == -1 ? visibleEnd : offset
      guard target >= 0, target <= visibleEnd else {
        throw LogError(.offsetOutOfRange, "offset \(target) of \(topicPartition) is above the high watermark \(visibleEnd)")
      }
      try moveStart(to: target)
      result = startOffset
    } catch {
      lock.unlock()
      throw error
    }
    let signal = signal
    lock.unlock()
    signal?()
    return result
  }

  /// How many segments at the front may go by time or size. Lock held.
  private func expiredCount(_ nowMs: Int64) -> Int {
    let bound = min(stableEnd, visibleEnd)
    var excess = settings.retentionBytes < 0 ? -1 : segments.reduce(-settings.retentionBytes) { $0 + Int64($1.size) }
    var count = 0
    for segment in segments {
      guard segment.size > 0, segment.nextOffset <= bound else { break }
      let age = nowMs - max(segment.maxTimestamp, segment.lastAppendMs)
      let isOld = settings.retentionMs >= 0 && age > settings.retentionMs
      let isExcess = excess >= Int64(segment.size) && segment !== active
      guard isOld || isExcess else { break }
      excess -= Int64(segment.size)
      count += 1
    }
    return count
  }

  /// Lock held.
  private func removeFirst(_ count: Int) throws(LogError) -> Int {
    guard count > 0 else { return 0 }
    let before = segments.count
    try moveStart(to: max(startOffset, segments[count].baseOffset))
    return before - segments.count
  }

  /// Lock held. The new start is on disk before any file goes; what a crash leaves below it is removed at the next opening.
  private func moveStart(to offset: Int64) throws(LogError) {
    guard offset > startOffset else { return }
    CrashPoint.hit("log.start")
    let old = startOffset
    startOffset = offset
    do throws(LogError) { try writeCheckpoint(recoveryPoint: flushedEnd) } catch {
      startOffset = old
      throw error
    }
    CrashPoint.hit("log.start", .after)
    let bound = min(offset, undecidedStart)
    while segments.count > 1, segments[1].baseOffset <= bound {
      let first = segments[0].baseOffset
      try removeFiles(ofSegment: first, keepSnapshot: false)
      segments.removeFirst()
    }
  }

  /// The first offset of any transaction that readers do not see decided, the high watermark for none. Lock held.
  private var undecidedStart: Int64 {
    var first = producers.firstOpenOffset ?? visibleEnd
    for completed in unseenMarkers { first = min(first, completed.firstOffset) }
    return min(first, visibleEnd)
  }
}
