import Contracts
import Foundation
import Ingest
import Kafka
import Logging
import SQL
import Streams
import Venues

/// `trades.raw` → candles of 1m, 5m and 1h, exactly once.
enum StreamsBench {
  static let count = 6_000_000

  static var logger: Logger {
    var logger = Logger(label: "wick.bench")
    logger.logLevel = .error
    return logger
  }

  /// Puts `count` made-up trades onto `topic` as ingest does; `rate` a second, or as fast as can be with 0.
  static func fill(bootstrap: String, registry: String, topic: String, count: Int64, rate: Int) throws {
    var configuration = IngestConfiguration(
      kafka: KafkaConfiguration(bootstrap: bootstrap, logger: logger), registry: [registry],
      source: .simulator(SampleTrades.options(count: count)), contracts: SampleTrades.contracts)
    configuration.topic = topic
    configuration.logger = logger
    configuration.fromStart = true
    if rate > 0 { configuration.pace = .rate(Double(rate)) }
    Measure.report("trades", Double(try IngestApplication(configuration).run().trades))
  }

  /// The queries as they are shipped, on topics of this run.
  static func plans(topic: String, prefix: String, deduplicates: Bool = true) throws -> [QueryPlan] {
    var sql = ""
    for name in ["00_trades", "11_candles_1m", "12_candles_5m", "13_candles_1h"] {
      sql += try String(contentsOfFile: "sql/\(name).sql", encoding: .utf8)
    }
    if !deduplicates { sql = sql.split(separator: "\n").filter { !$0.contains("DEDUPLICATE_") }.joined(separator: "\n") }
    sql = sql.replacing("'trades.raw'", with: "'\(topic)'")
    for name in ["candles.1m", "candles.5m", "candles.1h", "trades.late", "trades.invalid"] {
      sql = sql.replacing("'\(name)'", with: "'\(prefix).\(name)'")
    }
    return try SQLProgram.plan(sql)
  }

  static func application(
    bootstrap: String, registry: String, topic: String, name: String, untilEnd: Bool
  ) throws -> StreamsApplication {
    let configuration = StreamsConfiguration(
      kafka: KafkaConfiguration(bootstrap: bootstrap, logger: logger), application: name, commitInterval: .milliseconds(100),
      untilEnd: untilEnd, logger: logger)
    let schemas = RegistrySchemaStore(try SchemaRegistryClient(urls: [registry]))
    return try StreamsApplication(configuration, plans: plans(topic: topic, prefix: name), schemas: schemas)
  }

  /// Rates from the first commit to the last, as the bare reader's go from the first record to the last; CPU of everything.
  static func measure(bootstrap: String, registry: String, topic: String, application name: String) throws {
    let began = Measure.now
    var first: (time: Double, consumed: Int64)?
    var last: (time: Double, consumed: Int64) = (0, 0)
    var threads: [String: Double] = [:]
    let application = try application(bootstrap: bootstrap, registry: registry, topic: topic, name: name, untilEnd: true)
    let summary = try application.run(progressInterval: .milliseconds(20)) { progress in
      guard progress.consumed > last.consumed else { return }
      last = (Measure.now, progress.consumed)
      if first == nil { first = last }
      threads = Measure.cpuByThread()
    }
    guard let first, last.consumed > first.consumed else { throw BenchError("too few commits to measure a rate") }
    let records = Double(summary.consumed)
    Measure.report("rate", Double(last.consumed - first.consumed) / (last.time - first.time))
    Measure.report("whole", records / (Measure.now - began))
    Measure.report("first_ms", (first.time - began) * 1000)
    Measure.report("cpu_us", Measure.processCPU / records * 1e6)
    Measure.report("peak_mb", Measure.peakMegabytes)
    Measure.report("commits", Double(summary.commits))
    let ours = threads.filter { $0.key.hasPrefix("streams") }.values.reduce(0, +)
    Measure.report("worker_us", ours / Double(last.consumed) * 1e6)
  }

  static func rows(_ broker: BrokerProcess, topic: String) throws -> [Row] {
    var bare: [Double] = [], ours: [[String: Double]] = []
    var bareCPU: [Double] = [], byDefault: [Double] = []
    for round in 0..<3 {
      let wide = try Child.measure("bare-read", broker.bootstrap, topic, "\(count)", "1")
      bare.append(wide["rate"] ?? 0)
      bareCPU.append(wide["cpu_us"] ?? 0)
      // Once: it waits a second whenever its queue is full, and so takes long and never wins.
      if round == 0 { byDefault.append(try Child.measure("bare-read", broker.bootstrap, topic, "\(count)", "0")["rate"] ?? 0) }
      ours.append(try Child.measure("streams", broker.bootstrap, broker.registry, topic, "bench\(round)"))
    }
    func middle(_ name: String) -> Double { median(ours.map { $0[name] ?? .nan }) }
    let baseline = max(median(bare), median(byDefault))
    let ratio = middle("rate") / baseline
    let path = "trades.raw → 1m+5m+1h candles, exactly once, commit 100 ms"
    let rates = "\(millions(middle("rate"))) of \(millions(baseline)) M/s (librdkafka's defaults: \(millions(median(byDefault))))"
    let cpu =
      "\(number(middle("cpu_us"), 2)) µs; worker \(number(middle("worker_us"), 2)), the rest librdkafka's "
      + "threads; bare reader \(number(median(bareCPU), 2))"
    return [
      .atLeast(0.8, path, "≥ 0.8 × bare librdkafka", ratio, "\(number(ratio, 2)) ×: \(rates)"),
      .atMost(0.45, "  CPU of the process per trade", "≤ 0.45 µs", middle("cpu_us"), cpu),
      .atMost(150, "  peak resident", "≤ 150 MB", middle("peak_mb"), "\(number(middle("peak_mb"), 0)) MB"),
    ]
  }
}

func millions(_ value: Double) -> String { number(value / 1e6, 2) }
