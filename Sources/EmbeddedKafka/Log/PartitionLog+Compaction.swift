import CrashPoints

extension PartitionLog {
  /// Rewrites the closed segments of a compacted topic so that they hold each key's last value.
  ///
  /// Leaves the last segment and everything from the last stable offset on alone. Offsets stay what they are; aborted
  /// records go.
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
      try forEachBatch(segment, end: segment.size) { batch, header, position throws(LogError) in
        do throws(BatchError) { try compactor.learn(batch, header) } catch { throw damaged(segment, position, error.message) }
      }
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

  /// Calls `body` with each batch of a segment that begins before `end`.
  private func forEachBatch(
    _ segment: LogSegment, end: Int, _ body: ([UInt8], BatchHeader, _ position: Int) throws(LogError) -> Void
  ) throws(LogError) {
    var scanner = BatchScanner(file: segment.file, end: end, nextOffset: segment.baseOffset)
    while true {
      switch try scanner.next() {
      case .end: return
      case .bad(let position, let why): throw damaged(segment, position, why)
      case .batch(let header, let position, _):
        try body(try readBytes(segment.file, at: position, count: header.sizeInBytes), header, position)
      }
    }
  }

  private func damaged(_ segment: LogSegment, _ position: Int, _ why: String) -> LogError {
    LogError(.corruptLog, "\(segment.path) is damaged at byte \(position) (\(why)); restore the file")
  }

  /// Writes a segment's remaining batches to a new file and puts it in the old one's place, if anything went.
  ///
  /// The new file is begun at the first change, so a segment that stays as it is costs reading only.
  private func rewrite(_ segment: LogSegment, _ compactor: inout Compactor, isExpired: Bool) throws(LogError) {
    var cleaned: LogSegment?
    var droppedMarkers: Set<Int64> = []
    try forEachBatch(segment, end: segment.size) { batch, header, position throws(LogError) in
      let isLast = position + header.sizeInBytes == segment.size
      let outcome: Compactor.Outcome
      do throws(BatchError) {
        outcome = try compactor.filter(batch, header, isLast: isLast, isExpired: isExpired)
      } catch {
        throw damaged(segment, position, error.message)
      }
      switch outcome {
      case .keep:
        if let cleaned { try add(batch, to: cleaned, segment) }
      case .replace(let bytes):
        let target = try started(&cleaned, segment, position)
        try add(bytes, to: target, segment)
      case .drop:
        _ = try started(&cleaned, segment, position)
        if header.isControl { droppedMarkers.insert(header.baseOffset) }
      }
    }
    guard let cleaned else { return }
    cleaned.aborted = segment.aborted.filter { !droppedMarkers.contains($0.lastOffset) }
    cleaned.firstAppendMs = segment.firstAppendMs
    try cleaned.file.sync()
    try swap(segment, cleaned)
  }

  private func started(_ cleaned: inout LogSegment?, _ segment: LogSegment, _ position: Int) throws(LogError) -> LogSegment {
    if let cleaned { return cleaned }
    let new = try begin(segment, upTo: position)
    cleaned = new
    return new
  }

  /// A new file with the batches before `position`.
  private func begin(_ segment: LogSegment, upTo position: Int) throws(LogError) -> LogSegment {
    let path = segment.path + ".tmp"
    try disk.remove(path)
    let file = try disk.open(path, create: true)
    let cleaned = LogSegment(directory: directory, baseOffset: segment.baseOffset, file: file)
    try forEachBatch(segment, end: position) { batch, _, _ throws(LogError) in try add(batch, to: cleaned, segment) }
    return cleaned
  }

  private func add(_ batch: [UInt8], to cleaned: LogSegment, _ segment: LogSegment) throws(LogError) {
    let interval = config.indexIntervalBytes
    var failed: LogError?
    batch.withUnsafeBytes { raw in
      do throws(LogError) {
        try cleaned.file.write(raw, UnsafeRawBufferPointer(start: nil, count: 0), at: cleaned.size)
        cleaned.note(BatchHeader(unchecked: raw), indexInterval: interval, nowMs: segment.lastAppendMs)
      } catch { failed = error }
    }
    if let failed { throw failed }
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
