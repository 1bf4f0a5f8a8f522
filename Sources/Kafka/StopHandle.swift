import Synchronization

/// Asks a run on Kafka, of queries or of a sink, to finish its commit and leave cleanly. Safe from any thread, also from a signal
/// handler's thread.
public final class StopHandle: Sendable {
  private let asked = Atomic<Bool>(false)

  public init() {}

  /// Asks; the run ends after its next commit.
  public func stop() { asked.store(true, ordering: .releasing) }

  /// Whether somebody asked.
  public var isStopped: Bool { asked.load(ordering: .acquiring) }

  /// Suspends the calling thread for so long, or until shortly after somebody asks. Never call it on the concurrency pool.
  public func pause(milliseconds: Int) {
    var left = milliseconds
    while left > 0, !isStopped {
      Blocking.pause(milliseconds: min(left, 50))
      left -= 50
    }
  }
}
