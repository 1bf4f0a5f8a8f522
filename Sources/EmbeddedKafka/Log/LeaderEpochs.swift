/// Which leader epoch began at which offset, so that clients can tell a log that lost its tail (KIP-101, KIP-320).
struct LeaderEpochs: Equatable, Sendable {
  struct Entry: Equatable, Sendable {
    var epoch: Int32
    var startOffset: Int64
  }

  /// Sorted by epoch and by offset.
  private(set) var entries: [Entry] = []

  /// -1 for a log without any.
  var latest: Int32 { entries.last?.epoch ?? -1 }

  init() {}

  init(entries: [Entry]) { self.entries = entries }

  /// Notes that `epoch` begins at an offset; an older or the same epoch changes nothing.
  mutating func assign(_ epoch: Int32, startOffset: Int64) {
    guard epoch > latest else { return }
    while let last = entries.last, last.startOffset >= startOffset { entries.removeLast() }
    entries.append(Entry(epoch: epoch, startOffset: startOffset))
  }

  /// Forgets epochs that begin at or after the end of a log that was cut off.
  mutating func truncate(toEnd offset: Int64) {
    while entries.count > 1, let last = entries.last, last.startOffset > offset { entries.removeLast() }
  }

  /// Answers OffsetForLeaderEpoch: the largest epoch that is not above the one asked for, and where it ended; -1, -1
  /// where unknown.
  func endOffset(for epoch: Int32, logEnd: Int64) -> (epoch: Int32, offset: Int64) {
    guard epoch >= 0, epoch <= latest, let first = entries.first else { return (-1, -1) }
    if epoch == latest { return (epoch, logEnd) }
    guard let next = entries.first(where: { $0.epoch > epoch }) else { return (-1, -1) }
    if epoch < first.epoch { return (epoch, first.startOffset) }
    let own = entries.last { $0.epoch <= epoch }
    return (own?.epoch ?? epoch, next.startOffset)
  }
}
