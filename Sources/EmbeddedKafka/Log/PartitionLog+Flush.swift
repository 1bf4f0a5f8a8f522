import CrashPoints

extension PartitionLog {
  /// Makes everything appended so far reach the disk.
  func flush() throws(LogError) {
    lock.lock()
    defer { lock.unlock() }
    try checkUsable()
    try waitForFlush(through: end)
  }

  /// Flushes if the topic's flush interval has passed since the last one and there is something to flush.
  func flushIfDue(nowMs: Int64) throws(LogError) {
    lock.lock()
    defer { lock.unlock() }
    guard case .interval(let interval) = settings.flush, failure == nil, flushedEnd < end, nowMs - lastFlushMs >= interval
    else { return }
    try waitForFlush(through: end)
    lastFlushMs = nowMs
  }

  /// Makes records below `offset` visible, once they are as durable as the flush policy promises. Lock held, given up
  /// while waiting.
  func settle(through offset: Int64) throws(LogError) {
    if settings.flush == .always { try waitForFlush(through: offset) }
    advanceVisibleEnd()
  }

  /// Waits until everything below `offset` has reached the disk. Lock held, given up meanwhile.
  ///
  /// One of the waiting threads syncs for all; those that come while it does share the next one.
  func waitForFlush(through offset: Int64) throws(LogError) {
    while flushedEnd < offset {
      try checkUsable()
      if isFlushing {
        lock.wait()
        continue
      }
      try flushActive()
    }
  }

  private func flushActive() throws(LogError) {
    let segment = active
    let target = end
    isFlushing = true
    lock.unlock()
    var failed: LogError?
    CrashPoint.hit("log.fsync")
    do throws(LogError) { try segment.file.sync() } catch { failed = error }
    CrashPoint.hit("log.fsync", .after)
    lock.lock()
    isFlushing = false
    if let failed {
      fail(failed, segment)
    } else {
      flushedEnd = max(flushedEnd, target)
      advanceVisibleEnd()
    }
    lock.wakeAll()
    if let failure { throw failure }
  }

  /// Syncs a segment without giving up the lock. Lock held.
  func syncActive(_ segment: LogSegment) throws(LogError) {
    guard flushedEnd < segment.nextOffset else { return }
    do throws(LogError) { try segment.file.sync() } catch {
      fail(error, segment)
      throw failure ?? error
    }
    flushedEnd = segment.nextOffset
    advanceVisibleEnd()
  }

  /// After a failed sync the kernel may have dropped the pages: what the disk holds is unknown, and trying again would
  /// hide that.
  private func fail(_ error: LogError, _ segment: LogSegment) {
    failure = LogError(
      .storage, "\(segment.path) could not be synced (\(error)); nothing more is accepted until the broker is restarted",
      errno: error.errno)
  }

  /// Lock held.
  func advanceVisibleEnd() {
    visibleEnd = max(visibleEnd, settings.flush == .always ? flushedEnd : end)
    if unseenMarkers.contains(where: { $0.markerOffset < visibleEnd }) {
      unseenMarkers.removeAll { $0.markerOffset < visibleEnd }
    }
  }
}
