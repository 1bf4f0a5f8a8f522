import CrashPoints

extension PartitionLog {
  /// Rewrites the closed segments of a compacted topic so that they hold each key's last value.
  ///
  /// Leaves the last segment and everything from the last stable offset on alone. Offsets stay what they are; aborted records go.
  /// Readers and appends go on meanwhile. Does nothing where too little is new (`min.cleanable.dirty.ratio`).
  func compact(nowMs: Int64) throws(LogError) {
    guard let job = try beginCompaction(nowMs) else { return }
    var failed: LogError?
    do throws(LogError) { try run(job, nowMs) } catch { failed = error }
    locked { isCompacting = false }
    if let failed { throw failed }
  }

  private struct CompactionJob {
    var segments: [LogSegment]
    var compactor: Compactor
    /// Below this offset keys are known from earlier compactions.
    var cleanEnd: Int64
    var deleteRetentionMs: Int64
  }

  private func beginCompaction(_ nowMs: Int64) throws(LogError) -> CompactionJob? {
    lock.lock()
    defer { lock.unlock() }
    guard failure == nil, !isCompacting, settings.cleanupPolicy.contains(.compact) else { return nil }
    let bound = stableEnd
    let closed = segments.dropLast().prefix { segment in
      segment.nextOffset <= bound && nowMs - segment.lastAppendMs >= settings.minCompactionLagMs
    }
    let dirty = closed.filter { $0.nextOffset > compactedEnd }.reduce(0) { $0 + $1.size }
    let total = closed.reduce(0) { $0 + $1.size }
    guard dirty > 0, Double(dirty) >= settings.minCleanableDirtyRatio * Double(total) else { return nil }
    isCompacting = true
    let compactor = Compactor(aborted: segments.flatMap(\.aborted), producers: producers)
    return CompactionJob(
      segments: Array(closed), compactor: compactor, cleanEnd: compactedEnd, deleteRetentionMs: settings.deleteRetentionMs)
  }

  private func run(_ job: CompactionJob, _ nowMs: Int64) throws(LogError) {
    var compactor = job.compactor
    for segment in job.segments where segment.nextOffset > job.cleanEnd {
      try forEachBatch(segment) { batch, header, _ throws(BatchError) in try compactor.learn(batch, header) }
    }
    for segment in job.segments {
      try rewrite(segment, &compactor, isExpired: nowMs - segment.lastAppendMs > job.deleteRetentionMs)
    }
    try finishCompaction(job)
  }

  private func finishCompaction(_ job: CompactionJob) throws(LogError) {
    lock.lock()
    defer { lock.unlock() }
    try checkUsable()
    compactedEnd = max(compactedEnd, job.segments.last?.nextOffset ?? 0)
    try writeCheckpoint(recoveryPoint: flushedEnd)
  }

  private func forEachBatch(
    _ segment: LogSegment, _ body: ([UInt8], BatchHeader, _ isLast: Bool) throws(BatchError) -> Void
  ) throws(LogError) {
    var scanner = BatchScanner(file: segment.file, end: segment.size, nextOffset: segment.baseOffset)
    while true {
      switch try scanner.next() {
      case .end: return
      case .bad(let position, let why):
        throw LogError(.corruptLog, "\(segment.path) is damaged at byte \(position) (\(why)); restore the file")
      case .batch(let header, let position, _):
        let bytes = try readBytes(segment.file, at: position, count: header.sizeInBytes)
        do throws(BatchError) { try body(bytes, header, position + header.sizeInBytes == segment.size) } catch {
          throw LogError(.corruptLog, "\(segment.path) is damaged at byte \(position) (\(error.message)); restore the file")
        }
      }
    }
  }

  /// Writes a segment's remaining batches to a new file and puts it in the old one's place, if anything went.
  private func rewrite(_ segment: LogSegment, _ compactor: inout Compactor, isExpired: Bool) throws(LogError) {
    var pieces: [[UInt8]] = []
    var droppedMarkers: Set<Int64> = []
    var isChanged = false
    try forEachBatch(segment) { batch, header, isLast throws(BatchError) in
      switch try compactor.filter(batch, header, isLast: isLast, isExpired: isExpired) {
      case .keep: pieces.append(batch)
      case .replace(let bytes):
        pieces.append(bytes)
        isChanged = true
      case .drop:
        if header.isControl { droppedMarkers.insert(header.baseOffset) }
        isChanged = true
      }
    }
    guard isChanged else { return }
    try swap(segment, try writeCleaned(segment, pieces, droppedMarkers))
  }

  private func writeCleaned(
    _ segment: LogSegment, _ pieces: [[UInt8]], _ droppedMarkers: Set<Int64>
  ) throws(LogError) -> LogSegment {
    let path = segment.path + ".tmp"
    try disk.remove(path)
    let file = try disk.open(path, create: true)
    let cleaned = LogSegment(directory: directory, baseOffset: segment.baseOffset, file: file)
    cleaned.aborted = segment.aborted.filter { !droppedMarkers.contains($0.lastOffset) }
    let interval = config.indexIntervalBytes
    var failed: LogError?
    for piece in pieces where failed == nil {
      piece.withUnsafeBytes { raw in
        do throws(LogError) {
          try file.write(raw, UnsafeRawBufferPointer(start: nil, count: 0), at: cleaned.size)
          cleaned.note(BatchHeader(unchecked: raw), indexInterval: interval, nowMs: segment.lastAppendMs)
        } catch { failed = error }
      }
    }
    if let failed { throw failed }
    cleaned.firstAppendMs = segment.firstAppendMs
    try file.sync()
    return cleaned
  }

  private func swap(_ old: LogSegment, _ cleaned: LogSegment) throws(LogError) {
    lock.lock()
    defer { lock.unlock() }
    try checkUsable()
    guard let index = segments.firstIndex(where: { $0 === old }) else {
      // Retention was quicker.
      try disk.remove(old.path + ".tmp")
      return
    }
    if !hasHoles || compactedEnd == 0 {
      // Told to the disk before any hole can be met there.
      compactedEnd = max(compactedEnd, 1)
      try writeCheckpoint(recoveryPoint: flushedEnd)
      hasHoles = true
    }
    CrashPoint.hit("log.compact")
    try disk.rename(old.path + ".tmp", to: old.path)
    try disk.syncDirectory(directory)
    CrashPoint.hit("log.compact", .after)
    segments[index] = cleaned
    try cleaned.writeSidecars(disk)
  }
}
