import Kafka

/// How far the sink has read one partition beyond what its table holds. A pure state machine.
package struct PartitionProgress {
  /// What a record that was read means.
  package enum Verdict: Equatable {
    /// A new record: take it.
    case new
    /// The last record the table holds, read again to make sure that the topic is the same.
    case known
    /// A record from before, already in the table.
    case old
    /// The topic is not the one the table was filled from.
    case changed
  }

  /// The ledger's end at the last commit: where the next range begins.
  package private(set) var committed: Int64
  /// One past the last offset known to be covered.
  package private(set) var next: Int64
  package private(set) var records: Int64 = 0
  package private(set) var rejected: Int64 = 0
  package private(set) var last: OffsetLedger.Fingerprint?
  /// The record the table holds last, until it has been seen again.
  private var probe: OffsetLedger.Fingerprint?

  /// - Parameters:
  ///   - entry: what the ledger holds; nil for a partition never read.
  ///   - earliest: the first offset still in the topic.
  package init(entry: OffsetLedger.Entry?, earliest: Int64) {
    committed = entry?.end ?? earliest
    next = committed
    // Without its bytes in the topic any more there is nothing to compare.
    probe = entry?.last.flatMap { $0.offset >= earliest && $0.offset < committed ? $0 : nil }
  }

  /// Where to read from: the last record the table holds, or the first it does not.
  package var start: Int64 { probe?.offset ?? committed }

  /// Judges the record at `offset`, which the caller then takes if it is `new`. `hash` is asked for only while it matters.
  package mutating func judge(_ offset: Int64, hash: () -> UInt64) -> Verdict {
    guard let probe else { return offset >= next ? .new : .old }
    if offset < probe.offset { return .old }
    // A compacted topic may have lost the record; one that begins anew differs where it has not.
    self.probe = nil
    guard offset == probe.offset else { return offset >= next ? .new : .old }
    return hash() == probe.hash ? .known : .changed
  }

  /// Whether `judge` must be asked: false on the way of nearly every record.
  package var isProbing: Bool { probe != nil }

  /// Notes that the record at `offset` was taken.
  @inline(__always)
  package mutating func take(_ offset: Int64) {
    next = offset + 1
    records += 1
  }

  /// Notes that the record taken last went to the table for invalid records.
  package mutating func reject() { rejected += 1 }

  /// Notes the hash of the record taken last.
  package mutating func remember(_ offset: Int64, _ hash: UInt64) { last = .init(offset: offset, hash: hash) }

  /// Notes that nothing undelivered lies before `offset`: control records and aborted ones were skipped.
  package mutating func skip(to offset: Int64) { next = max(next, offset) }

  /// The range to commit; nil when there is none.
  package var range: OffsetLedger.Entry? {
    guard next > committed else { return nil }
    return .init(start: committed, end: next, records: records, rejected: rejected, last: last)
  }

  /// Notes that the range was committed.
  package mutating func commit() {
    committed = next
    records = 0
    rejected = 0
    last = nil
  }
}
