import Testing

@testable import Lake

@Suite struct `Partition progress` {
  private let entry = OffsetLedger.Entry(start: 0, end: 10, records: 8, last: .init(offset: 8, hash: 77))

  @Test func `a new partition begins at the first offset there is`() {
    var progress = PartitionProgress(entry: nil, earliest: 4)
    #expect(progress.start == 4 && progress.range == nil)
    #expect(progress.judge(4) { 0 } == .new)
    progress.take(4)
    progress.take(7)
    progress.remember(7, 5)
    #expect(progress.range == .init(start: 4, end: 8, records: 2, last: .init(offset: 7, hash: 5)))
    progress.skip(to: 11)
    progress.skip(to: 6)
    #expect(progress.range?.end == 11)
    progress.commit()
    #expect(progress.range == nil && progress.start == 11)
  }

  @Test func `the last record is read again and must be the same`() {
    var same = PartitionProgress(entry: entry, earliest: 0)
    #expect(same.start == 8 && same.isProbing)
    #expect(same.judge(8) { 77 } == .known)
    #expect(same.judge(10) { 0 } == .new)
    var other = PartitionProgress(entry: entry, earliest: 0)
    #expect(other.judge(8) { 78 } == .changed)
  }

  @Test func `a last record that retention or compaction took is not missed`() {
    var expired = PartitionProgress(entry: entry, earliest: 9)
    #expect(expired.start == 10 && !expired.isProbing)
    #expect(expired.judge(10) { 0 } == .new)
    var compacted = PartitionProgress(entry: entry, earliest: 0)
    #expect(compacted.judge(9) { 0 } == .old)
    #expect(compacted.judge(12) { 0 } == .new)
  }

  @Test func `records before the end are never new`() {
    var progress = PartitionProgress(entry: .init(start: 0, end: 10, records: 8), earliest: 0)
    #expect(progress.start == 10)
    #expect(progress.judge(9) { 0 } == .old)
    #expect(progress.judge(10) { 0 } == .new)
    progress.take(10)
    #expect(progress.judge(10) { 0 } == .old)
  }

  @Test func `rejected records are counted with the others`() {
    var progress = PartitionProgress(entry: nil, earliest: 0)
    progress.reject()
    progress.take(0)
    progress.take(1)
    #expect(progress.range == .init(start: 0, end: 2, records: 2, rejected: 1))
  }
}
