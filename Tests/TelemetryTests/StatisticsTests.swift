import Telemetry
import Testing

@Suite struct `librdkafka's statistics` {
  // Shaped as STATISTICS.md of librdkafka describes it.
  private let text = """
    {"name":"wick-run#consumer-1","client_id":"wick-run","type":"consumer","ts":5016483227792,"time":1527060869,"replyq":0,
     "msg_cnt":22,"msg_size":704,"tx":631,"tx_bytes":168584479,"rx":631,"rx_bytes":31084,
     "brokers":{
       "host:9092/bootstrap":{"name":"host:9092/bootstrap","nodeid":-1,"state":"UP","source":"configured","rtt":{"p99":9}},
       "host:9092/1":{"name":"host:9092/1","nodeid":1,"state":"UP","source":"learned","rtt":{"min":1,"p99":14015}},
       "GroupCoordinator":{"name":"GroupCoordinator","nodeid":1,"state":"UP","source":"logical","rtt":{"p99":99999}},
       "host:9093/2":{"name":"host:9093/2","nodeid":2,"state":"DOWN","source":"learned","rtt":{"min":1,"p99":20}}},
     "topics":{"t":{"topic":"t","partitions":{"0":{"partition":0,"fetchq_cnt":5},"-1":{"partition":-1,"fetchq_cnt":2}}}},
     "cgrp":{"state":"up","rebalance_cnt":3}}
    """

  @Test func `a few numbers are taken and shown per client`() {
    let registry = MetricRegistry(families: WickMetrics.all)
    ClientStatistics(json: text)?.record(in: registry)
    let lines = Set(registry.exposition().split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init))
    let labels = "{client=\"wick-run\",type=\"consumer\"}"
    #expect(
      lines == [
        "wick_kafka_brokers_up\(labels) 1", "wick_kafka_queue_messages\(labels) 22", "wick_kafka_queue_bytes\(labels) 704",
        "wick_kafka_fetched_messages\(labels) 7", "wick_kafka_sent_bytes\(labels) 168584479",
        "wick_kafka_received_bytes\(labels) 31084", "wick_kafka_request_seconds\(labels) 0.014015",
        "wick_kafka_rebalances\(labels) 3",
      ])
  }

  @Test(arguments: ["", "{", "[]", "{}", "{\"client_id\":1,\"type\":\"consumer\"}"])
  func `anything else is left aside`(text: String) { #expect(ClientStatistics(json: text) == nil) }
}
