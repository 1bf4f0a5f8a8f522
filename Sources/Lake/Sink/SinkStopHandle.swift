import Synchronization

/// Asks a running sink to finish its commit and end. Safe from any thread, also from a signal handler's thread.
public final class SinkStopHandle: Sendable {
  private let stopped = Atomic<Bool>(false)

  public init() {}

  /// Asks; the sink ends after its next commit.
  public func stop() { stopped.store(true, ordering: .releasing) }

  /// Whether somebody asked.
  public var isStopped: Bool { stopped.load(ordering: .acquiring) }
}
