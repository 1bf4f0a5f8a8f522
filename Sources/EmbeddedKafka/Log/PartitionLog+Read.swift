extension PartitionLog {
  /// Whole batches from the one that holds `offset` on, at most `maxBytes` and within one segment.
  ///
  /// Empty at the end of what may be seen.
  /// - Parameter minOneBatch: return the first batch even where it is larger than `maxBytes` (KIP-74).
  /// - Throws: `.offsetOutOfRange` outside of [log start, log end]; `.corruptLog` where the bytes are no batches.
  func read(
    from offset: Int64, maxBytes: Int, isolation: IsolationLevel, minOneBatch: Bool
  ) throws(LogError) -> FetchSlice {
    var cursor = offset
    while true {
      var plan = try planRead(offset, cursor, maxBytes, isolation)
      guard let segment = plan.segment else { return plan.slice }
      if try plan.fill(cursor, maxBytes, minOneBatch) { return plan.slice }
      cursor = segment.following
    }
  }

  /// Decides under the lock what to read, and takes everything that must fit it: ends and aborted transactions.
  private func planRead(
    _ offset: Int64, _ cursor: Int64, _ maxBytes: Int, _ isolation: IsolationLevel
  ) throws(LogError) -> ReadPlan {
    lock.lock()
    defer { lock.unlock() }
    if let failure, failure.reason == .closed { throw failure }
    guard offset >= startOffset, offset <= end else {
      throw LogError(.offsetOutOfRange, "offset \(offset) of \(topicPartition) is not in [\(startOffset), \(end)]")
    }
    let limit = isolation == .committed ? stableEnd : visibleEnd
    let empty = FetchSlice(
      bytes: [], highWatermark: visibleEnd, lastStableOffset: stableEnd, logStartOffset: startOffset,
      abortedTransactions: [], nextOffset: offset)
    guard cursor < limit else { return ReadPlan(slice: empty, segment: nil, limit: limit) }
    let index = segmentIndex(holding: cursor)
    let segment = segments[index]
    let sparse = try segment.index(disk, interval: settings.indexIntervalBytes)
    let entry = sparse.entry(forRelativeOffset: cursor - segment.baseOffset)
    let position = Int(entry?.position ?? 0)
    var plan = ReadPlan(slice: empty, segment: nil, limit: limit)
    plan.segment = ReadPlan.Segment(
      file: segment.file, path: segment.path, start: position, end: segment.size,
      startOffset: segment.baseOffset + Int64(entry?.relativeOffset ?? 0), endOffset: segment.nextOffset, hasHoles: hasHoles,
      following: index + 1 < segments.count ? segments[index + 1].baseOffset : .max)
    if isolation == .committed {
      let bound = sparse.relativeOffset(beyond: position + min(max(maxBytes, 0), segment.size))
      let upTo = min(limit, bound.map { segment.baseOffset + $0 } ?? segment.nextOffset)
      plan.slice.abortedTransactions = aborted(from: cursor, upTo: upTo, segment: index)
      plan.abortedBound = upTo
    }
    return plan
  }

  /// The last segment that begins at or before an offset. Lock held.
  func segmentIndex(holding offset: Int64) -> Int {
    max(0, segments.partitionPoint { $0.baseOffset > offset } - 1)
  }

  /// Aborted transactions that reach into [from, upTo), sorted by first offset. Lock held.
  ///
  /// One whose marker lies before `from` must not be listed: the client would skip committed batches of that producer.
  func aborted(from: Int64, upTo: Int64, segment first: Int) -> [AbortedTransaction] {
    var result: [AbortedTransaction] = []
    search: for segment in segments[first...] {
      // Entries stand in the order of their markers.
      for entry in segment.aborted[segment.aborted.partitionPoint { $0.lastOffset >= from }...] {
        if entry.firstOffset < upTo {
          result.append(AbortedTransaction(producerID: entry.producerID, firstOffset: entry.firstOffset))
        }
        if entry.lastStableOffset >= upTo { break search }
      }
    }
    return result.sorted { $0.firstOffset < $1.firstOffset }
  }

  /// Calls `body` with each batch from the one that holds `offset` to the high watermark, uncompressed, and with its
  /// records from `offset` on.
  ///
  /// For the broker's own topics, whose state is built by reading them whole. Control batches are among them (`isControl`).
  func replay(
    from offset: Int64, _ body: (BatchHeader, [Record]) throws(LogError) -> Void
  ) throws(LogError) {
    var next = offset
    while true {
      let slice = try read(from: next, maxBytes: 1 << 20, isolation: .uncommitted, minOneBatch: true)
      if slice.bytes.isEmpty { return }
      let batches: [RecordReader]
      do throws(LogError) { batches = try slice.batches() } catch {
        throw LogError(
          .corruptLog, "\(directory) is damaged between offsets \(next) and \(slice.nextOffset): \(error.message); restore it")
      }
      for batch in batches {
        let records: [Record]
        do throws(BatchError) { records = try batch.records() } catch {
          throw LogError(.corruptLog, "\(directory), offset \(batch.header.baseOffset): \(error.message)")
        }
        try body(batch.header, records.filter { $0.offset >= offset })
      }
      next = slice.nextOffset
    }
  }
}

extension FetchSlice {
  /// Readers of the batches in the slice, each of which has been checked against its checksum.
  func batches() throws(LogError) -> [RecordReader] {
    var result: [RecordReader] = []
    var failure: LogError?
    bytes.withUnsafeBytes { raw in
      var position = 0
      do throws(BatchError) {
        while position < raw.count {
          let reader = try RecordReader(batch: UnsafeRawBufferPointer(rebasing: raw[position...]))
          position += reader.header.sizeInBytes
          result.append(reader)
        }
      } catch {
        failure = LogError(.corruptLog, error.message)
      }
    }
    if let failure { throw failure }
    return result
  }
}
