import CRdKafka
import Contracts
import Foundation
import Market
import Venues

/// librdkafka alone: its C calls and nothing of ours.
enum BareClient {
  static func make(_ kind: rd_kafka_type_t, _ settings: [String: String]) throws -> OpaquePointer {
    let configuration = rd_kafka_conf_new()
    var reason = [CChar](repeating: 0, count: 512)
    for (name, value) in settings where rd_kafka_conf_set(configuration, name, value, &reason, 512) != RD_KAFKA_CONF_OK {
      throw BenchError("librdkafka refuses \(name)")
    }
    guard let client = rd_kafka_new(kind, configuration, &reason, 512) else { throw BenchError("librdkafka did not start") }
    return client
  }
}

/// The rate at which `rd_kafka_consumer_poll` gives a topic's records, from the first to the last.
enum BareReader {
  /// - Parameter wide: reads ahead without bound, so that a full queue never stops the fetching (it does for a second at a time
  ///   in librdkafka before 2.2); otherwise with librdkafka's defaults.
  static func measure(bootstrap: String, topic: String, count: Int, wide: Bool) throws {
    var settings = [
      "bootstrap.servers": bootstrap, "group.id": "bare", "enable.auto.commit": "false", "auto.offset.reset": "earliest",
      "isolation.level": "read_committed",
    ]
    if wide {
      settings["queued.min.messages"] = "10000000"
      settings["queued.max.messages.kbytes"] = "2097151"
    }
    let client = try BareClient.make(RD_KAFKA_CONSUMER, settings)
    rd_kafka_poll_set_consumer(client)
    let list = rd_kafka_topic_partition_list_new(4)
    for partition in 0..<Int32(4) {
      rd_kafka_topic_partition_list_add(list, topic, partition).pointee.offset = Int64(RD_KAFKA_OFFSET_BEGINNING)
    }
    guard rd_kafka_assign(client, list) == RD_KAFKA_RESP_ERR_NO_ERROR else {
      throw BenchError("librdkafka did not assign \(topic)")
    }
    var read = 0
    var bytes = 0
    var start = 0.0
    let deadline = Measure.now + 120
    while read < count, Measure.now < deadline {
      guard let message = rd_kafka_consumer_poll(client, 1000) else { continue }
      if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
        if read == 0 { start = Measure.now }
        read += 1
        bytes += message.pointee.len
      }
      rd_kafka_message_destroy(message)
    }
    guard read == count else { throw BenchError("librdkafka read \(read) of \(count) records") }
    Measure.report("rate", Double(count) / (Measure.now - start))
    Measure.report("cpu_us", Measure.processCPU / Double(count) * 1e6)
    Measure.report("peak_mb", Measure.peakMegabytes)
    Measure.report("bytes", Double(bytes) / Double(count))
    rd_kafka_topic_partition_list_destroy(list)
    exit(0)
  }
}

/// The rate at which an idempotent librdkafka producer stores the bytes that ingesting a file would send.
enum BareProducer {
  static func measure(bootstrap: String, topic: String, file: String) throws {
    let records = try encoded(file)
    let client = try BareClient.make(
      RD_KAFKA_PRODUCER,
      [
        "bootstrap.servers": bootstrap, "enable.idempotence": "true", "compression.type": "lz4",
        "delivery.report.only.error": "true", "partitioner": "murmur2_random",
      ])
    guard let handle = rd_kafka_topic_new(client, topic, nil) else { throw BenchError("librdkafka did not open \(topic)") }
    let start = Measure.now, cpu = Measure.processCPU
    try records.bytes.withUnsafeBytes { bytes in
      for index in 0..<records.keys.count {
        let from = records.ends[index], key = records.keys[index], to = records.ends[index + 1]
        guard let first = bytes.baseAddress else { return }
        let base = UnsafeMutableRawPointer(mutating: first + from)
        while rd_kafka_produce(handle, -1, Int32(RD_KAFKA_MSG_F_COPY), base + key, to - from - key, base, key, nil) != 0 {
          guard rd_kafka_last_error() == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
            throw BenchError("librdkafka did not take a record")
          }
          rd_kafka_poll(client, 1)
        }
      }
    }
    guard rd_kafka_flush(client, 60_000) == RD_KAFKA_RESP_ERR_NO_ERROR else { throw BenchError("librdkafka did not deliver") }
    Measure.report("rate", Double(records.keys.count) / (Measure.now - start))
    Measure.report("cpu_us", (Measure.processCPU - cpu) / Double(records.keys.count) * 1e6)
    exit(0)
  }

  /// Each record's key and value, one after the other.
  private static func encoded(_ file: String) throws -> (bytes: [UInt8], ends: [Int], keys: [Int]) {
    let source = try FileSource(FileSource.Options(path: file), receivedNow: 0)
    var bytes: [UInt8] = [], ends = [0], keys: [Int] = []
    var writer = AvroRecordWriter()
    var more = true
    while more {
      var trades: [Trade] = [], rejects: [FileSource.Reject] = []
      more = try source.read(lineLimit: 4096, trades: &trades, rejects: &rejects)
      for trade in trades {
        bytes += trade.symbol.utf8
        keys.append(trade.symbol.utf8.count)
        SampleTrades.encode(trade, 1, &writer)
        writer.withBytes { bytes += $0 }
        ends.append(bytes.count)
      }
    }
    return (bytes, ends, keys)
  }
}
