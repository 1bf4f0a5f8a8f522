/// Decides what a compaction keeps: each key's last value, and what producers and transactions still need.
///
/// Fed with the batches of the compactable segments twice, in order: `learn` for those not compacted before, then
/// `filter` for all.
struct Compactor {
  /// What a batch becomes.
  enum Outcome {
    case keep
    case replace([UInt8])
    case drop
  }

  /// Aborted transactions by producer.
  private let aborted: [Int64: [AbortedEntry]]
  /// For each live producer the offset of its last batch, which keeps its sequence known.
  private let lastOffsets: [Int64: Int64]
  private var newest: [[UInt8]: Int64] = [:]
  /// Producers of which a batch of the current transaction has been kept.
  private var keptInTransaction: Set<Int64> = []

  init(aborted: [AbortedEntry], producers: ProducerTable) {
    self.aborted = Dictionary(grouping: aborted, by: \.producerID)
    lastOffsets = producers.producers.compactMapValues { $0.batches.last?.lastOffset }
  }

  /// Takes note of the keys of a batch.
  mutating func learn(_ batch: [UInt8], _ header: BatchHeader) throws(BatchError) {
    guard !header.isControl, !isAborted(header) else { return }
    let reader = try BatchFilter.reader(batch)
    var keys = newest
    newest = [:]
    try reader.forEachRaw { record in
      guard let key = record.key else { return }
      keys[Array(record.block[key])] = header.baseOffset + record.offsetDelta
    }
    newest = keys
  }

  /// - Parameters:
  ///   - isLast: the last batch of its segment, which always leaves at least its header, so that segments join.
  ///   - isExpired: the segment is old enough for tombstones and markers to go.
  mutating func filter(_ batch: [UInt8], _ header: BatchHeader, isLast: Bool, isExpired: Bool) throws(BatchError) -> Outcome {
    if header.isControl { return filterMarker(header, isLast: isLast, isExpired: isExpired) }
    let mustStay = isLast || lastOffsets[header.producerID] == header.lastOffset
    if isAborted(header) { return emptied(batch, header, mustStay) }
    let filtered = try BatchFilter.filter(batch) { record in keeps(record, header, isExpired) }
    if filtered.kept == 0 { return emptied(batch, header, mustStay) }
    note(header)
    return filtered.kept == Int(header.recordCount) ? .keep : .replace(filtered.bytes)
  }

  /// A marker stays as long as any batch of its transaction does: without it the transaction would seem open after a restart.
  private mutating func filterMarker(_ header: BatchHeader, isLast: Bool, isExpired: Bool) -> Outcome {
    let isNeeded = keptInTransaction.remove(header.producerID) != nil
    return isNeeded || isLast || !isExpired ? .keep : .drop
  }

  private mutating func emptied(_ batch: [UInt8], _ header: BatchHeader, _ mustStay: Bool) -> Outcome {
    guard mustStay else { return .drop }
    note(header)
    return header.recordCount == 0 ? .keep : .replace(BatchFilter.emptied(batch, header))
  }

  private mutating func note(_ header: BatchHeader) {
    if header.isTransactional { keptInTransaction.insert(header.producerID) }
  }

  private func keeps(_ record: RecordWalk.RawRecord, _ header: BatchHeader, _ isExpired: Bool) -> Bool {
    guard let range = record.key else { return true }
    let offset = header.baseOffset + record.offsetDelta
    if let last = newest[Array(record.block[range])], last > offset { return false }
    return record.value != nil || !isExpired
  }

  private func isAborted(_ header: BatchHeader) -> Bool {
    guard header.isTransactional, let entries = aborted[header.producerID] else { return false }
    return entries.contains { $0.firstOffset <= header.baseOffset && header.baseOffset < $0.lastOffset }
  }
}
