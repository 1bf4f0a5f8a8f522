extension LogConfig {
  /// This configuration with settings changed by Kafka's names (`retention.ms`, `cleanup.policy`, …); an unknown one is
  /// an error.
  func applying(_ settings: [String: String]) throws(LogError) -> LogConfig {
    var config = self
    for (name, value) in settings.sorted(by: { $0.key < $1.key }) { try config.set(name, value) }
    return config
  }

  /// Every setting by Kafka's name, sorted, as DescribeConfigs returns them.
  func describe() -> [(name: String, value: String)] {
    [
      ("cleanup.policy", cleanupPolicy.map(\.rawValue).sorted().joined(separator: ",")),
      ("compression.type", compressionType),
      ("delete.retention.ms", "\(deleteRetentionMs)"),
      ("flush.messages", flush == .always ? "1" : "\(Int64.max)"),
      ("flush.ms", "\(flushMs)"),
      ("index.interval.bytes", "\(indexIntervalBytes)"),
      ("max.message.bytes", "\(maxMessageBytes)"),
      ("message.format.version", "3.0-IV1"),
      ("message.timestamp.after.max.ms", "\(timestampAfterMaxMs)"),
      ("message.timestamp.before.max.ms", "\(timestampBeforeMaxMs)"),
      ("message.timestamp.type", "CreateTime"),
      ("min.cleanable.dirty.ratio", "\(minCleanableDirtyRatio)"),
      ("min.compaction.lag.ms", "\(minCompactionLagMs)"),
      ("min.insync.replicas", "1"),
      ("producer.id.expiration.ms", "\(producerIDExpirationMs)"),
      ("retention.bytes", "\(retentionBytes)"),
      ("retention.ms", "\(retentionMs)"),
      ("segment.bytes", "\(segmentBytes)"),
      ("segment.ms", "\(segmentMs)"),
      ("unclean.leader.election.enable", "false"),
    ]
  }

  private var flushMs: Int64 {
    switch flush {
    case .always: 0
    case .interval(let milliseconds): milliseconds
    }
  }

  private mutating func set(_ name: String, _ value: String) throws(LogError) {
    switch name {
    case "cleanup.policy": cleanupPolicy = try Self.policies(value)
    case "compression.type": compressionType = try Self.oneOf(name, value, ["producer"])
    case "delete.retention.ms": deleteRetentionMs = try Self.number(name, value, 0...Int64.max)
    case "flush.messages": if try Self.number(name, value, 1...Int64.max) == 1 { flush = .always }
    case "flush.ms": try setFlush(name, value)
    case "index.interval.bytes": indexIntervalBytes = Int(try Self.number(name, value, 0...Int64(Int32.max)))
    case "max.message.bytes": maxMessageBytes = Int(try Self.number(name, value, 0...Int64(Int32.max)))
    case "message.timestamp.after.max.ms": timestampAfterMaxMs = try Self.number(name, value, 0...Int64.max)
    case "message.timestamp.before.max.ms": timestampBeforeMaxMs = try Self.number(name, value, 0...Int64.max)
    case "message.timestamp.type": _ = try Self.oneOf(name, value, ["CreateTime"])
    case "min.compaction.lag.ms": minCompactionLagMs = try Self.number(name, value, 0...Int64.max)
    case "min.cleanable.dirty.ratio": minCleanableDirtyRatio = try Self.ratio(name, value)
    case "min.insync.replicas": _ = try Self.number(name, value, 1...1)
    case "producer.id.expiration.ms": producerIDExpirationMs = try Self.number(name, value, 1...Int64.max)
    case "retention.bytes": retentionBytes = try Self.number(name, value, -1...Int64.max)
    case "retention.ms": retentionMs = try Self.number(name, value, -1...Int64.max)
    case "segment.bytes": segmentBytes = Int(try Self.number(name, value, 128...Int64(Int32.max)))
    case "segment.ms": segmentMs = try Self.number(name, value, 1...Int64.max)
    default: try Self.ignore(name)
    }
  }

  /// Settings that steer replicas or caches, which a single node does not have: accepted so that common tools work,
  /// without effect.
  private static let withoutEffect: Set<String> = [
    "file.delete.delay.ms", "follower.replication.throttled.replicas", "leader.replication.throttled.replicas",
    "local.retention.bytes", "local.retention.ms", "max.compaction.lag.ms", "message.downconversion.enable",
    "message.format.version", "message.timestamp.difference.max.ms", "preallocate", "remote.storage.enable",
    "segment.index.bytes", "segment.jitter.ms", "unclean.leader.election.enable",
  ]

  private static func ignore(_ name: String) throws(LogError) {
    guard withoutEffect.contains(name) else { throw LogError(.invalidConfig, "unknown topic setting \(name)") }
  }

  private mutating func setFlush(_ name: String, _ value: String) throws(LogError) {
    let milliseconds = try Self.number(name, value, 0...Int64.max)
    flush = milliseconds == 0 ? .always : .interval(milliseconds: milliseconds)
  }

  private static func number(_ name: String, _ value: String, _ range: ClosedRange<Int64>) throws(LogError) -> Int64 {
    guard let number = Int64(value), range.contains(number) else {
      throw LogError(.invalidConfig, "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  private static func ratio(_ name: String, _ value: String) throws(LogError) -> Double {
    guard let ratio = Double(value), (0...1).contains(ratio) else {
      throw LogError(.invalidConfig, "\(name) must be from 0 to 1")
    }
    return ratio
  }

  private static func oneOf(_ name: String, _ value: String, _ allowed: [String]) throws(LogError) -> String {
    guard allowed.contains(value) else {
      throw LogError(.invalidConfig, "\(name) may be \(allowed.joined(separator: " or ")) on this broker")
    }
    return value
  }

  private static func policies(_ value: String) throws(LogError) -> Set<CleanupPolicy> {
    var result: Set<CleanupPolicy> = []
    for part in value.split(separator: ",") {
      let name = part.filter { !$0.isWhitespace }
      guard let policy = CleanupPolicy(rawValue: name) else {
        throw LogError(.invalidConfig, "cleanup.policy may be delete, compact or both")
      }
      result.insert(policy)
    }
    guard !result.isEmpty else { throw LogError(.invalidConfig, "cleanup.policy may be delete, compact or both") }
    return result
  }
}
