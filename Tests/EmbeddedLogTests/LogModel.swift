@testable import EmbeddedKafka

/// The rules of a partition written as plainly as possible: a list of everything, searched from the start each time.
struct LogModel {
  struct Entry {
    var base: Int64
    var last: Int64
    var bytes: [UInt8]
    var pid: Int64 = -1
    var isTransactional = false
    /// Nil for data.
    var commit: Bool?
  }

  struct Transaction: Equatable {
    var pid: Int64
    var first: Int64
    var marker: Int64?
    var isAborted = false
  }

  var entries: [Entry] = []
  var transactions: [Transaction] = []
  var start: Int64 = 0

  var end: Int64 { entries.last.map { $0.last + 1 } ?? start }
  var stable: Int64 { max(start, transactions.filter { $0.marker == nil }.map(\.first).min() ?? end) }

  mutating func data(_ base: Int64, _ count: Int, _ bytes: [UInt8], pid: Int64, transactional: Bool) {
    entries.append(
      Entry(base: base, last: base + Int64(count) - 1, bytes: bytes, pid: pid, isTransactional: transactional))
    if transactional, !transactions.contains(where: { $0.pid == pid && $0.marker == nil }) {
      transactions.append(Transaction(pid: pid, first: base))
    }
  }

  mutating func marker(_ offset: Int64, pid: Int64, commit: Bool) {
    entries.append(Entry(base: offset, last: offset, bytes: [], pid: pid, isTransactional: true, commit: commit))
    guard let index = transactions.firstIndex(where: { $0.pid == pid && $0.marker == nil }) else { return }
    transactions[index].marker = offset
    transactions[index].isAborted = !commit
  }

  /// Batches that a read may return, from the one that holds `offset` on.
  func readable(_ offset: Int64, _ isolation: IsolationLevel) -> [Entry] {
    let limit = isolation == .committed ? stable : end
    return offset >= limit ? [] : entries.filter { $0.last >= offset && $0.base < limit }
  }

  func aborted(_ from: Int64, _ upTo: Int64) -> [AbortedTransaction] {
    transactions.filter { $0.isAborted && ($0.marker ?? -1) >= from && $0.first < upTo }
      .map { AbortedTransaction(producerID: $0.pid, firstOffset: $0.first) }
      .sorted { $0.firstOffset < $1.firstOffset }
  }

  /// Base offsets of the data batches that a reader of committed data must be given between two offsets.
  func committed(_ from: Int64, _ upTo: Int64) -> [Int64] {
    entries.filter { entry in
      guard entry.commit == nil, entry.last >= from, entry.base < upTo else { return false }
      guard entry.isTransactional else { return true }
      return transactions.contains {
        $0.pid == entry.pid && $0.first <= entry.base && !$0.isAborted && ($0.marker ?? -1) > entry.base
      }
    }.map(\.base)
  }
}

/// What a client makes of fetched bytes: librdkafka's way of skipping aborted batches.
struct CommittedReader {
  var delivered: [Int64] = []

  mutating func take(_ slice: FetchSlice) throws {
    var pending: [Int64: [Int64]] = [:]
    for transaction in slice.abortedTransactions { pending[transaction.producerID, default: []].append(transaction.firstOffset) }
    for batch in try slice.batches() {
      let header = batch.header
      if header.isControl {
        // Only the marker of an abort ends the listed transaction.
        let record = try batch.records()[0]
        if record.key?[3] == 0, let first = pending[header.producerID]?.first, first <= header.baseOffset {
          pending[header.producerID]?.removeFirst()
        }
        continue
      }
      if header.isTransactional, let first = pending[header.producerID]?.first, header.baseOffset >= first { continue }
      delivered.append(header.baseOffset)
    }
  }
}
