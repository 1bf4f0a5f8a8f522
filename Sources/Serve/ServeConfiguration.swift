import Foundation
import HTTPServing
import Kafka
import Logging
import MarketAPI

/// What is served, and within which bounds.
public struct ServeConfiguration: Sendable {
  /// The cluster that holds the topics.
  public var kafka: KafkaConfiguration
  /// The application whose workers run the persistent queries: their consumer group.
  public var application: String
  /// Where these workers write their audit rows.
  public var auditTopic: String
  /// Queries that may be open at the same time, push and pull together.
  public var openQueries: Int
  /// How long a statement or a pull query may take.
  public var requestTimeout: Duration
  /// The largest body of a request, bytes.
  public var bodyLimit: Int
  /// The most rows that one pull query answers with; more are refused, not cut off.
  public var pullRows: Int
  /// Refuses every statement that changes something.
  public var isReadOnly: Bool
  /// The replication of topics that are created; -1 lets the cluster decide.
  public var replication: Int
  /// Shown by `/info`.
  public var version: String
  public var logger: Logger
  /// Candles older than those of the topics; nil where there is no lake.
  public var history: (any CandleHistory)?
  /// The text of `/metrics`, in Prometheus' format.
  public var metrics: @Sendable () -> String = { "" }
  /// How much of the topics `/v1` keeps in memory.
  public var marketBounds = MarketBoard.Bounds()
  /// Of each partition of trades the last so many are read for the candles that are still forming; 0 shows closed ones alone.
  public var previewTrades: Int64 = 100_000
  /// Who may ask, and how often.
  public var access = AccessControl.Rules()
  /// Who the server says it is; nil for one without TLS.
  public var tls: TLSIdentity?
  /// What the server bears from its clients.
  public var limits = HTTPLimits()
  /// What it bears from clients that follow the market.
  public var streams = StreamLimits()
  /// Wall time, milliseconds since the epoch.
  public var now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }

  public init(
    kafka: KafkaConfiguration, application: String = "wick", auditTopic: String = "wick.audit", openQueries: Int = 100,
    requestTimeout: Duration = .seconds(30), bodyLimit: Int = 1 << 20, pullRows: Int = 100_000, isReadOnly: Bool = false,
    replication: Int = -1,
    version: String = "0", logger: Logger = Logger(label: "wick.serve")
  ) {
    self.kafka = kafka
    self.application = application
    self.auditTopic = auditTopic
    self.openQueries = openQueries
    self.requestTimeout = requestTimeout
    self.bodyLimit = bodyLimit
    self.pullRows = pullRows
    self.isReadOnly = isReadOnly
    self.replication = replication
    self.version = version
    self.logger = logger
  }

  /// Where statements stand that change what the application runs.
  public var controlTopic: String { "\(application)-control" }
}
