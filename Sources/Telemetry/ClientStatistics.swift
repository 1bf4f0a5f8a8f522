import JSON

/// The few numbers taken from librdkafka's statistics (STATISTICS.md of librdkafka), which it gives as JSON.
public struct ClientStatistics: Hashable, Sendable {
  /// `client.id`.
  public var client: String
  /// `producer` or `consumer`.
  public var type: String
  public var brokersUp = 0
  public var queueMessages: Int64 = 0
  public var queueBytes: Int64 = 0
  public var fetchedMessages: Int64 = 0
  public var sentBytes: Int64 = 0
  public var receivedBytes: Int64 = 0
  /// Microseconds; of the slowest broker.
  public var roundTripMicros: Int64 = 0
  public var rebalances: Int64 = 0

  /// Nil for text that is not such a statement.
  public init?(json text: String) {
    guard let root = try? JSONValue(parsing: text), let client = root["client_id"]?.stringValue,
      let type = root["type"]?.stringValue
    else { return nil }
    self.client = client
    self.type = type
    func number(_ name: String) -> Int64 { root[name]?.int64Value ?? 0 }
    queueMessages = number("msg_cnt")
    queueBytes = number("msg_size")
    sentBytes = number("tx_bytes")
    receivedBytes = number("rx_bytes")
    rebalances = root["cgrp"]?["rebalance_cnt"]?.int64Value ?? 0
    for broker in root["brokers"]?.members ?? [] {
      // Bootstrap addresses without an id, and the coordinator, are shown as brokers too.
      guard (broker.value["nodeid"]?.intValue ?? -1) >= 0, broker.value["source"]?.stringValue != "logical" else { continue }
      if broker.value["state"]?.stringValue == "UP" { brokersUp += 1 }
      roundTripMicros = max(roundTripMicros, broker.value["rtt"]?["p99"]?.int64Value ?? 0)
    }
    for topic in root["topics"]?.members ?? [] {
      for partition in topic.value["partitions"]?.members ?? [] {
        fetchedMessages += partition.value["fetchq_cnt"]?.int64Value ?? 0
      }
    }
  }

  /// Sets the gauges of this client.
  public func record(in registry: MetricRegistry) {
    let labels = [("client", client), ("type", type)]
    func set(_ name: String, _ value: Double) { registry.gauge("wick_kafka_\(name)", labels).set(value) }
    set("brokers_up", Double(brokersUp))
    set("queue_messages", Double(queueMessages))
    set("queue_bytes", Double(queueBytes))
    set("fetched_messages", Double(fetchedMessages))
    set("sent_bytes", Double(sentBytes))
    set("received_bytes", Double(receivedBytes))
    set("request_seconds", Double(roundTripMicros) / 1e6)
    set("rebalances", Double(rebalances))
  }
}
