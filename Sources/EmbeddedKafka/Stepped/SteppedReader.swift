/// What a consumer makes of a fetch: skips aborted transactions by the list that came with it, and control batches.
enum SteppedReader {
  static func answer(_ slice: FetchSlice, from: Int64) throws(LogError) -> SteppedAnswer {
    var answer = SteppedAnswer()
    answer.next = slice.nextOffset
    var waiting = slice.abortedTransactions[...]
    var aborted: Set<Int64> = []
    for batch in try slice.batches() {
      let header = batch.header
      while let next = waiting.first, next.firstOffset <= header.lastOffset {
        aborted.insert(next.producerID)
        waiting.removeFirst()
      }
      if header.isControl {
        aborted.remove(header.producerID)
        continue
      }
      if header.isTransactional, aborted.contains(header.producerID) {
        answer.skipped += 1
        continue
      }
      do throws(BatchError) {
        for record in try batch.records() where record.offset >= from {
          answer.records.append(
            SteppedRecord(
              offset: record.offset, timestampMs: record.timestampMs, key: record.key, value: record.value))
        }
      } catch {
        throw LogError(.corruptLog, error.message)
      }
    }
    return answer
  }
}

extension PartitionLog {
  /// Aborted transactions that reach into [from, upTo), sorted by first offset.
  func aborted(from: Int64, upTo: Int64) -> [AbortedTransaction] {
    lock.lock()
    defer { lock.unlock() }
    return aborted(from: from, upTo: upTo, segment: segmentIndex(holding: from))
  }
}
