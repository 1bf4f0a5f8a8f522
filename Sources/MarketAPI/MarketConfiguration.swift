/// What the market interface stands on, and within which bounds it answers.
public struct MarketConfiguration: Sendable {
  /// Windows older than those that are kept in memory; nil where there is no lake.
  public var history: (any CandleHistory)?
  /// The text of `/metrics`, in Prometheus' format.
  public var metrics: @Sendable () -> String
  /// The files of the page at `/`.
  public var page: MarketPage
  /// Wall time, milliseconds since the epoch.
  public var now: @Sendable () -> Int64
  /// Told of requests that failed here, by their path: the client is told no more than that.
  public var onFailure: @Sendable (_ path: String, any Error) -> Void = { _, _ in }
  /// What is borne from clients that follow.
  public var limits = StreamLimits()
  /// Windows of each series in a snapshot.
  public var snapshotWindows = 300
  /// How long changes are gathered for a client that does not say, milliseconds.
  public var every = 300
  public init(
    history: (any CandleHistory)? = nil, metrics: @escaping @Sendable () -> String = { "" }, page: MarketPage = MarketPage(),
    now: @escaping @Sendable () -> Int64
  ) {
    self.history = history
    self.metrics = metrics
    self.page = page
    self.now = now
  }
}

/// The page that is served beside the interface.
public struct MarketPage: Sendable {
  /// Content type and bytes, by path.
  public var files: [String: (type: String, bytes: [UInt8])]
  /// What the page may load and run (Content-Security-Policy).
  public var securityPolicy: String

  public init(files: [String: (type: String, bytes: [UInt8])] = [:], securityPolicy: String = "default-src 'none'") {
    self.files = files
    self.securityPolicy = securityPolicy
  }
}

/// What is borne from clients that follow, on event streams and on WebSockets together.
public struct StreamLimits: Hashable, Sendable {
  /// Clients at the same time.
  public var clients = 2_000
  /// After how long without anything to tell a stream says that it lives, and a client on a WebSocket without a word is asked
  /// whether it does, milliseconds.
  public var heartbeat: Int64 = 15_000
  /// How long a client may leave what was sent unread before it is dropped, milliseconds.
  public var patience = 30_000

  public init() {}
}
