import Kafka

/// Which partitions of other instances seem to stand still just before the end, so that it is worth looking whether anything is left.
///
/// Each instance asks for itself where a partition ends, and one that asks later may be told of a marker that the other, which is done,
/// never saw: without a look at what lies between, it would wait for ever. Pure.
struct SilentEnds {
  private struct Stand {
    var offset: Int64
    var since: ContinuousClock.Instant
    /// What the look told; nil before it.
    var isEnd: Bool?
  }

  private var stands: [TopicPartition: Stand] = [:]
  private let patience: Duration

  /// - Parameter patience: how long a committed offset stands still before it is worth a look.
  init(patience: Duration = .seconds(1)) { self.patience = patience }

  /// Whether nothing is left behind a committed offset, as far as is known.
  func isEnd(_ partition: TopicPartition, at offset: Int64) -> Bool {
    stands[partition].map { $0.offset == offset && $0.isEnd == true } ?? false
  }

  /// Notes a committed offset short of the end, and tells whether to look now.
  mutating func isDue(_ partition: TopicPartition, at offset: Int64, now: ContinuousClock.Instant) -> Bool {
    guard let stand = stands[partition], stand.offset == offset else {
      stands[partition] = Stand(offset: offset, since: now)
      return false
    }
    return stand.isEnd == nil && stand.since.duration(to: now) >= patience
  }

  /// Notes what a look has told. Records that are there now stay there, so nobody looks again until the offset has moved.
  mutating func note(_ partition: TopicPartition, at offset: Int64, isEnd: Bool) {
    guard stands[partition]?.offset == offset else { return }
    stands[partition]?.isEnd = isEnd
  }
}
