import CrashPoints

extension PartitionLog {
  /// Syncs, and writes what makes the next opening quick. Idempotent. A log that failed is left for recovery.
  func close() throws(LogError) {
    lock.lock()
    defer { lock.unlock() }
    if failure?.reason == .closed { return }
    defer {
      if failure == nil { failure = LogError(.closed, "the log of \(topicPartition) is closed") }
      lock.wakeAll()
    }
    guard failure == nil, !hasCleanMarker else { return }
    while isFlushing { lock.wait() }
    try checkUsable()
    CrashPoint.hit("log.close")
    try syncActive(active)
    try active.writeSidecars(disk)
    try disk.replace(LogSegment.path(directory, end, "snapshot"), with: producers.snapshot(at: end), durable: true)
    try writeCheckpoint(recoveryPoint: end)
    let marker = CleanShutdownMarker(
      segmentBase: active.baseOffset, segmentSize: Int64(active.size), logEndOffset: end)
    try disk.replace("\(directory)/\(CleanShutdownMarker.fileName)", with: marker.encoded, durable: true)
    CrashPoint.hit("log.close", .after)
  }

  /// Ends all use at once without a clean marker, for a log that is about to be deleted.
  func abandon() {
    lock.lock()
    defer { lock.unlock() }
    failure = LogError(.closed, "the log of \(topicPartition) is closed")
    lock.wakeAll()
  }

  /// Before the first append after a clean start. Lock held.
  ///
  /// Not synced: a marker that comes back after a loss of power does not fit a segment that has grown.
  func removeCleanMarker() throws(LogError) {
    guard hasCleanMarker else { return }
    try disk.remove("\(directory)/\(CleanShutdownMarker.fileName)")
    hasCleanMarker = false
  }

  /// Lock held.
  func writeCheckpoint(recoveryPoint: Int64, durable: Bool = true) throws(LogError) {
    var checkpoint = LogCheckpoint()
    checkpoint.logStartOffset = startOffset
    checkpoint.recoveryPoint = recoveryPoint
    checkpoint.compactedEnd = compactedEnd
    checkpoint.epochs = epochs
    CrashPoint.hit("log.checkpoint")
    try disk.replace("\(directory)/\(LogCheckpoint.fileName)", with: checkpoint.encoded, durable: durable)
    CrashPoint.hit("log.checkpoint", .after)
  }

  /// Removes a closed log's folder with everything in it.
  static func delete(directory: String, disk: any Disk = PosixDisk()) throws(LogError) {
    for name in try disk.list(directory) { try disk.remove("\(directory)/\(name)") }
    try disk.removeDirectory(directory)
  }
}
