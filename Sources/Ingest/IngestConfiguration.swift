import Kafka
import Logging

/// What to bring onto Kafka, from where, and how fast.
public struct IngestConfiguration: Sendable {
  public var kafka: KafkaConfiguration
  /// Base URLs of the Schema Registry, tried in order.
  public var registry: [String]
  public var source: SourceSpecification
  /// Folder with `<subject>/<version>.avsc`.
  public var contracts: String
  public var topic = "trades.raw"
  public var invalidTopic = "trades.invalid"
  /// Compacted; one record per source.
  public var positionsTopic = "wick.ingest.positions"
  /// Partitions of topics that have to be created.
  public var partitions = 4
  public var replicationFactor = 1
  public var pace = Pacer.Mode.unlimited
  /// Canonical symbols to keep; nil keeps all.
  public var symbols: Set<String>?
  /// Send everything again, whatever an earlier run has sent.
  public var fromStart = false
  /// Trades become visible at the latest after this many nanoseconds.
  public var commitIntervalNanos: Int64 = 100_000_000
  /// Trades in one transaction at most.
  public var maximumBatch = 100_000
  /// How long to try to reach a broker that does not answer, in nanoseconds.
  public var giveUpAfterNanos: Int64 = 60_000_000_000
  public var logger = Logger(label: "wick.ingest")

  public init(kafka: KafkaConfiguration, registry: [String], source: SourceSpecification, contracts: String) {
    self.kafka = kafka
    self.registry = registry
    self.source = source
    self.contracts = contracts
  }
}

/// What has been done so far in this run; and, with `total`, over all runs of a source.
public struct IngestProgress: Sendable, Equatable {
  /// Trades committed in this run.
  public var trades: Int64 = 0
  /// Lines kept as rejects in this run.
  public var rejects: Int64 = 0
  /// Rejects of this run by reason.
  public var rejectsByReason: [String: Int64] = [:]
  /// Where the source stands, over all runs.
  public var total = SourcePosition()
  /// Trades an earlier run had sent already.
  public var resumedAfter: Int64 = 0
  public var bytesRead: Int64 = 0
  public var bytesTotal: Int64?
  /// Whether the source has been read to its end.
  public var reachedEnd = false
  /// Whether a compressed source broke off.
  public var truncated = false

  public init() {}
}
