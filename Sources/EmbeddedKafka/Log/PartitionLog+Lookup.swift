extension PartitionLog {
  /// The first record whose timestamp is at least `timestampMs`, as ListOffsets answers it; nil where there is none.
  func offset(forTimestamp timestampMs: Int64) throws(LogError) -> TimestampedOffset? {
    lock.lock()
    let candidates = segments.filter { $0.maxTimestamp >= timestampMs && $0.size > 0 }
    let start = startOffset
    let visible = visibleEnd
    lock.unlock()
    for segment in candidates {
      if let found = try find(in: segment, timestampMs, start), found.offset < visible { return found }
    }
    return nil
  }

  /// The first record that carries the largest timestamp of the log; nil for an empty one.
  func maxTimestampOffset() throws(LogError) -> TimestampedOffset? {
    let newest = locked { segments.filter { $0.size > 0 }.map(\.maxTimestamp).max() }
    guard let newest else { return nil }
    return try offset(forTimestamp: newest)
  }

  private func find(in segment: LogSegment, _ timestampMs: Int64, _ start: Int64) throws(LogError) -> TimestampedOffset? {
    lock.lock()
    let size = segment.size
    let position: Int
    do throws(LogError) {
      position = try segment.index(disk, interval: settings.indexIntervalBytes).position(forTimestamp: timestampMs)
    } catch {
      lock.unlock()
      throw error
    }
    lock.unlock()
    return try findFirst(in: segment, from: position, to: size, timestampMs, start)
  }

  private func findFirst(
    in segment: LogSegment, from position: Int, to size: Int, _ timestampMs: Int64, _ start: Int64
  ) throws(LogError) -> TimestampedOffset? {
    var scanner = BatchScanner(file: segment.file, position: position, end: size, nextOffset: segment.baseOffset)
    while true {
      switch try scanner.next() {
      case .end: return nil
      case .bad(let position, let why):
        throw LogError(.corruptLog, "\(segment.path) is damaged at byte \(position) (\(why)); restore the file")
      case .batch(let header, let position, _):
        guard header.maxTimestamp >= timestampMs, header.lastOffset >= start else { continue }
        let bytes = try readBytes(segment.file, at: position, count: header.sizeInBytes)
        if let found = try first(in: bytes, timestampMs, start, segment.path) { return found }
      }
    }
  }

  private func first(
    in batch: [UInt8], _ timestampMs: Int64, _ start: Int64, _ path: String
  ) throws(LogError) -> TimestampedOffset? {
    do throws(BatchError) {
      return try RecordReader.read(batch).first { $0.timestampMs >= timestampMs && $0.offset >= start }
        .map { TimestampedOffset(offset: $0.offset, timestampMs: $0.timestampMs) }
    } catch {
      throw LogError(.corruptLog, "\(path): \(error.message)")
    }
  }
}

extension RecordReader {
  /// All records of one batch.
  static func read(_ batch: [UInt8]) throws(BatchError) -> [Record] {
    var records: [Record] = []
    var failure: BatchError?
    batch.withUnsafeBytes { raw in
      do throws(BatchError) { records = try RecordReader(batch: raw).records() } catch { failure = error }
    }
    if let failure { throw failure }
    return records
  }
}
