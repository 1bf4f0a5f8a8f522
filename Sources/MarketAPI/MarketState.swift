import Synchronization

/// What is served, kept up to date by whoever reads the topics and asked by requests. Safe from any thread; nothing blocks long.
public final class MarketState: Sendable {
  /// Tells one life of the service from the next, so that nobody continues in the wrong one.
  public let epoch: String
  private let board: Mutex<MarketBoard>
  private let status = Mutex(Status())

  private struct Status {
    var stats = MarketStats()
    /// By what is waited for: why it is not there.
    var waiting: [String: String] = [:]
    var isClosed = false
  }

  public init(bounds: MarketBoard.Bounds = .init(), epoch: String) {
    board = Mutex(MarketBoard(bounds))
    self.epoch = epoch
  }

  public func change<R: Sendable>(_ body: (inout MarketBoard) -> R) -> R { board.withLock { body(&$0) } }

  public func read<R: Sendable>(_ body: (borrowing MarketBoard) -> R) -> R { board.withLock { body($0) } }

  // MARK: Readiness

  /// Says that something is not there yet, and why; or, with nil, that it is.
  public func wait(for thing: String, because reason: String?) { status.withLock { $0.waiting[thing] = reason } }

  /// Why requests are not answered in full yet, in order; empty where they are.
  public var reasons: [String] { status.withLock { status in status.waiting.sorted { $0.key < $1.key }.map(\.value) } }

  /// Whether something is not there yet, leaving out one thing.
  public func isWaiting(besides thing: String) -> Bool { status.withLock { $0.waiting.keys.contains { $0 != thing } } }

  /// Ends every stream.
  public func close() { status.withLock { $0.isClosed = true } }

  var isClosed: Bool { status.withLock { $0.isClosed } }

  // MARK: Stats

  public var stats: MarketStats {
    get { status.withLock { $0.stats } }
    set { status.withLock { $0.stats = newValue } }
  }
}
