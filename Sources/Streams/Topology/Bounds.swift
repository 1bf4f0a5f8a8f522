import Kafka
import Synchronization

/// Where a bounded run stops, topic by topic: the ends when it began; of topics that its own queries fill, the ends once what fills
/// them has been read to its end. Shared by workers; safe from any thread.
final class Bounds: Sendable {
  private struct State {
    var wave = 0
    var targets: [TopicPartition: Int64] = [:]
  }

  private let waves: [[TopicPartition]]
  private let ends: @Sendable ([TopicPartition]) throws -> [TopicPartition: Int64]
  private let state = Mutex(State())

  /// - Parameters:
  ///   - waves: partitions, those first whose ends are known now.
  ///   - ends: asks the cluster where partitions end.
  init(
    waves: [[TopicPartition]], ends: @escaping @Sendable ([TopicPartition]) throws -> [TopicPartition: Int64]
  ) throws {
    self.waves = waves
    self.ends = ends
    let first = try ends(waves.first ?? [])
    state.withLock { $0.targets = first }
  }

  /// Where reading a partition stops; nil while that is not known.
  func target(_ partition: TopicPartition) -> Int64? { state.withLock { $0.targets[partition] } }

  /// All that is known, and how many groups of topics that is.
  var known: (wave: Int, targets: [TopicPartition: Int64]) { state.withLock { ($0.wave, $0.targets) } }

  /// Notes that everything known has been read.
  ///
  /// - Parameter wave: of the `known` that was looked at.
  /// - Returns: whether there is more to read.
  func advance(from wave: Int) throws -> Bool {
    guard wave + 1 < waves.count else { return false }
    let next = try ends(waves[wave + 1])
    state.withLock { state in
      guard state.wave == wave else { return }
      state.wave += 1
      state.targets.merge(next) { _, new in new }
    }
    return true
  }
}
