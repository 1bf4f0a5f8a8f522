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
}
