import Iceberg

/// Which records of which topics a table holds: for each partition one range of offsets from the first record ever taken.
///
/// It is stored in the table's properties, so that it changes in the same swap as the data, and outlives snapshots that expire.
/// A pure value; every rule of exactly-once on the way from topics to tables is in `advanced(by:cluster:)`.
public struct OffsetLedger: Hashable, Sendable {
  /// The table property that holds the ledger as JSON.
  public static let property = "wick.ledger"
  /// The summary entry of a snapshot that holds the ranges of its commit as JSON: `{"topic":{"partition":[start,end,records]}}`.
  public static let summaryKey = "wick.offsets"

  /// What is held of one partition.
  public struct Entry: Hashable, Sendable {
    /// The first offset ever covered.
    public var start: Int64
    /// One past the last offset covered; the next commit must begin here.
    public var end: Int64
    /// Records delivered from `start..<end`. Fewer than offsets: control records and aborted ones are not delivered.
    public var records: Int64
    /// How many of them could not be decoded and are rows of the table for invalid records instead.
    public var rejected: Int64
    /// The last record delivered, by which a topic that was made anew under its old name is recognised.
    public var last: Fingerprint?

    public init(start: Int64, end: Int64, records: Int64, rejected: Int64 = 0, last: Fingerprint? = nil) {
      self.start = start
      self.end = end
      self.records = records
      self.rejected = rejected
      self.last = last
    }
  }

  /// One record's place and the hash of its bytes.
  public struct Fingerprint: Hashable, Sendable {
    public var offset: Int64
    public var hash: UInt64

    public init(offset: Int64, hash: UInt64) {
      self.offset = offset
      self.hash = hash
    }
  }

  /// The id of the Kafka cluster the records come from; nil before the first commit.
  public var cluster: String?
  /// By topic, then partition.
  public var topics: [String: [Int32: Entry]]

  public init(cluster: String? = nil, topics: [String: [Int32: Entry]] = [:]) {
    self.cluster = cluster
    self.topics = topics
  }

  /// What is held of a partition; nil for one never read.
  public subscript(topic: String, partition: Int32) -> Entry? { topics[topic]?[partition] }

  /// The ledger after one more range of each of some partitions (`entry.start..<entry.end` is the new range alone).
  ///
  /// Throws `LakeError.fenced` when a range does not begin where the ledger ends (two sinks, or a replayed commit),
  /// `.sourceChanged` when the records come from another cluster.
  public func advanced(by ranges: [String: [Int32: Entry]], cluster: String) throws -> OffsetLedger {
    if let own = self.cluster, own != cluster {
      throw LakeError(
        .sourceChanged, "The table was filled from the cluster \(own), and this is \(cluster)",
        advice: "Point --bootstrap at the old cluster, or fill a new lake folder")
    }
    var next = self
    next.cluster = cluster
    for (topic, partitions) in ranges {
      for (partition, range) in partitions {
        next.topics[topic, default: [:]][partition] = try Self.joined(self[topic, partition], range, "\(topic)[\(partition)]")
      }
    }
    return next
  }

  private static func joined(_ held: Entry?, _ range: Entry, _ name: String) throws -> Entry {
    guard range.start >= 0, range.start <= range.end, range.records >= range.rejected, range.records <= range.end - range.start
    else {
      throw LakeError(.badInput, "The range \(range.start)..<\(range.end) of \(name) is impossible", advice: "Report this")
    }
    guard let held else { return range }
    guard held.end == range.start else {
      throw LakeError(
        .fenced, "The table holds \(name) up to offset \(held.end), and the commit begins at \(range.start)",
        advice: "Run one sink per table, and start it again")
    }
    return Entry(
      start: held.start, end: range.end, records: held.records + range.records, rejected: held.rejected + range.rejected,
      last: range.last ?? held.last)
  }
}
