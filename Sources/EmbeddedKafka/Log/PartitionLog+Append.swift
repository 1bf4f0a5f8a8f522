import CrashPoints

extension PartitionLog {
  /// Stores exactly one batch as a client sent it, or recognises it as one that is stored already.
  ///
  /// Returns once the batch is as durable as the topic's flush policy promises.
  /// - Parameter transactionOngoing: the coordinator says that this partition is in the batch's producer's transaction.
  func append(batch: UnsafeRawBufferPointer, transactionOngoing: Bool) throws(LogError) -> AppendResult {
    let header = try validated(batch)
    return try appending { () throws(LogError) in
      if case .duplicate(let stored) = try producers.check(header, transactionOngoing: transactionOngoing) {
        return Appended(baseOffset: stored.firstOffset, lastOffset: stored.lastOffset, duplicate: true)
      }
      let placed = try place(header, batch)
      producers.record(placed, nowMs: clock())
      return Appended(placed)
    }
  }

  /// Stores the marker that ends a producer's transaction in this partition.
  ///
  /// Not idempotent: after a restart, write it only where `openTransactions()` still lists the producer.
  func appendControl(
    commit: Bool, producerID: Int64, producerEpoch: Int16, coordinatorEpoch: Int32
  ) throws(LogError) -> AppendResult {
    let now = clock()
    let bytes = ControlBatch.encode(
      commit: commit, producerID: producerID, producerEpoch: producerEpoch, coordinatorEpoch: coordinatorEpoch,
      timestampMs: now)
    let marker = ControlBatch.Marker(commit: commit, coordinatorEpoch: coordinatorEpoch)
    return try appending { () throws(LogError) in
      try producers.checkMarker(producerID: producerID, producerEpoch: producerEpoch, coordinatorEpoch: coordinatorEpoch)
      let placed = try place(bytes)
      complete(marker, placed, nowMs: now)
      return Appended(placed)
    }
  }

  /// Stores records of the broker's own as one batch.
  func appendInternal(
    records: [(key: [UInt8]?, value: [UInt8]?)], timestampMs: Int64
  ) throws(LogError) -> AppendResult {
    guard !records.isEmpty else { throw LogError(.batch(.invalid), "no records to append") }
    var builder = RecordBatchBuilder()
    for record in records { builder.append(key: record.key, value: record.value, timestampMs: timestampMs) }
    let bytes = builder.finish()
    return try appending { () throws(LogError) in Appended(try place(bytes)) }
  }

  /// Where a batch went.
  struct Appended {
    var baseOffset: Int64
    var lastOffset: Int64
    var duplicate = false

    init(baseOffset: Int64, lastOffset: Int64, duplicate: Bool) {
      self.baseOffset = baseOffset
      self.lastOffset = lastOffset
      self.duplicate = duplicate
    }

    init(_ header: BatchHeader) {
      self.init(baseOffset: header.baseOffset, lastOffset: header.lastOffset, duplicate: false)
    }
  }

  /// Runs an append under the lock, waits until it is durable, and tells those who wait for records.
  private func appending(_ body: () throws(LogError) -> Appended) throws(LogError) -> AppendResult {
    lock.lock()
    let result: AppendResult
    do throws(LogError) {
      try checkUsable()
      let appended = try body()
      try settle(through: appended.lastOffset + 1)
      result = AppendResult(
        baseOffset: appended.baseOffset, lastOffset: appended.lastOffset, logStartOffset: startOffset,
        duplicate: appended.duplicate)
    } catch {
      lock.unlock()
      throw error
    }
    let signal = signal
    lock.unlock()
    signal?()
    return result
  }

  private func validated(_ batch: UnsafeRawBufferPointer) throws(LogError) -> BatchHeader {
    let config = config
    let rules = BatchValidator.Rules(
      maxMessageBytes: config.maxMessageBytes, requireKeys: config.cleanupPolicy.contains(.compact), nowMs: clock(),
      timestampBeforeMaxMs: config.timestampBeforeMaxMs, timestampAfterMaxMs: config.timestampAfterMaxMs)
    do throws(BatchError) { return try BatchValidator.validateProduced(batch, rules) } catch { throw LogError(error) }
  }

  /// Stores a batch of the broker's own. Lock held.
  func place(_ bytes: [UInt8]) throws(LogError) -> BatchHeader {
    var result: BatchHeader?
    var failed: LogError?
    bytes.withUnsafeBytes { raw in
      do throws(LogError) { result = try place(BatchHeader(unchecked: raw), raw) } catch { failed = error }
    }
    guard let result else { throw failed ?? LogError(.storage, "nothing was written") }
    return result
  }

  /// Writes a batch at the log's end with the next offset, and returns its header as stored. Lock held.
  ///
  /// Only base offset and leader epoch differ from what came in; they are outside of the checksum.
  private func place(_ sent: BatchHeader, _ batch: UnsafeRawBufferPointer) throws(LogError) -> BatchHeader {
    try rollIfNeeded(sent)
    try removeCleanMarker()
    var header = sent
    header.baseOffset = end
    header.partitionLeaderEpoch = epochs.latest
    CrashPoint.hit("log.append")
    try write(header, batch)
    CrashPoint.hit("log.append", .after)
    active.note(header, indexInterval: settings.indexIntervalBytes, nowMs: clock())
    return header
  }

  private func write(_ header: BatchHeader, _ batch: UnsafeRawBufferPointer) throws(LogError) {
    let segment = active
    // Offset, length and epoch, then the batch from its magic byte on.
    var failed: LogError?
    withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { head in
      head.storeBigEndian(header.baseOffset, at: 0)
      head.storeBigEndian(header.batchLength, at: 8)
      head.storeBigEndian(header.partitionLeaderEpoch, at: 12)
      let rest = UnsafeRawBufferPointer(rebasing: batch[16...])
      do throws(LogError) { try segment.file.write(UnsafeRawBufferPointer(head), rest, at: segment.size) } catch {
        failed = error
      }
    }
    guard let failed else { return }
    do throws(LogError) { try segment.file.truncate(to: segment.size) } catch {
      failure = LogError(.storage, "\(segment.path) could not be cut back after a failed write (\(failed)): \(error)")
    }
    throw failed
  }

  /// Takes note of a stored marker. Lock held.
  private func complete(_ marker: ControlBatch.Marker, _ header: BatchHeader, nowMs: Int64) {
    guard let completed = producers.record(marker: marker, header, nowMs: nowMs) else { return }
    noteAborted(completed, in: active)
    unseenMarkers.append(completed)
  }

  /// Adds an aborted transaction to the index of the segment that holds its marker. Lock held.
  func noteAborted(_ completed: ProducerTable.Completed, in segment: LogSegment) {
    guard completed.isAborted else { return }
    segment.aborted.append(
      AbortedEntry(
        producerID: completed.producerID, firstOffset: completed.firstOffset, lastOffset: completed.markerOffset,
        lastStableOffset: producers.firstOpenOffset ?? completed.markerOffset + 1))
  }

  private func rollIfNeeded(_ header: BatchHeader) throws(LogError) {
    let segment = active
    guard segment.size > 0 else { return }
    let isFull = segment.size + header.sizeInBytes > settings.segmentBytes
    let isOld = clock() - segment.firstAppendMs >= settings.segmentMs
    let isLong = segment.nextOffset + Int64(header.lastOffsetDelta) - segment.baseOffset > Int64(Int32.max)
    if isFull || isOld || isLong { try roll() }
  }

  /// Closes the last segment and begins a new one. Lock held.
  ///
  /// The closed one is synced first, so that damage in any but the last segment is never a crash's doing.
  func roll() throws(LogError) {
    CrashPoint.hit("log.roll")
    let closed = active
    try syncActive(closed)
    try closed.writeSidecars(disk)
    let base = closed.nextOffset
    CrashPoint.hit("log.snapshot")
    try disk.replace(LogSegment.path(directory, base, "snapshot"), with: producers.snapshot(at: base), durable: true)
    CrashPoint.hit("log.snapshot", .after)
    segments.append(LogSegment(directory: directory, baseOffset: base, file: try createSegmentFile(base)))
    CrashPoint.hit("log.roll", .after)
  }

  /// An empty file in a synced folder; a failure leaves none behind, since the closed segment may still grow past its name.
  func createSegmentFile(_ base: Int64) throws(LogError) -> any DiskFile {
    let path = LogSegment.path(directory, base, "log")
    do throws(LogError) {
      let file = try disk.open(path, create: true)
      try file.truncate(to: 0)
      try disk.syncDirectory(directory)
      return file
    } catch {
      do throws(LogError) { try disk.remove(path) } catch { failure = error }
      throw error
    }
  }
}
