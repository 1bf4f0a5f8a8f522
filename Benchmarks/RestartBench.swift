import Foundation
import Kafka
import Streams

#if canImport(Glibc)
  import Glibc
#endif

/// How long a process takes until it is of use: a new one, and one whose predecessor was killed.
enum RestartBench {
  private static let rate = 20_000

  /// Runs the queries for ever; says once that everything but the last `slack` records is done.
  static func follow(bootstrap: String, registry: String, topic: String, slack: Int64) throws {
    let application = try StreamsBench.application(
      bootstrap: bootstrap, registry: registry, topic: topic, name: "follow", untilEnd: false)
    var said = false
    _ = try application.run(progressInterval: .milliseconds(20)) { progress in
      let lags = progress.partitions.values.map(\.lag)
      guard !said, progress.consumed > 0, lags.count == 4, !lags.contains(nil), lags.compactMap({ $0 }).reduce(0, +) < slack
      else { return }
      said = true
      say("caught_up")
    }
  }

  /// - Parameter folder: for the data of brokers started on an empty folder.
  static func startRows(folder: String) throws -> [Row] {
    let wick = ProcessInfo.processInfo.environment["WICK_BENCH_BINARY"].flatMap {
      FileManager.default.isExecutableFile(atPath: $0) ? $0 : nil
    }
    var times: [Double] = []
    for round in 0..<7 { times.append(try started(wick, "\(folder)/start\(round)")) }
    let again = try (0..<5).map { _ in try started(wick, "\(folder)/start0") }
    let name = wick == nil ? "the broker and registry of wick-bench" : "wick broker"
    return [
      .atMost(
        150, "process start to first metadata answer", "≤ 150 ms", median(times),
        "\(number(median(times), 0)) ms (\(name), empty folder); \(number(median(again), 0)) ms after kill -9")
    ]
  }

  /// Milliseconds from starting a broker to its first answer. It is killed afterwards.
  private static func started(_ wick: String?, _ folder: String) throws -> Double {
    let port = try freePort(), registry = try freePort()
    let start = Measure.now
    let child =
      try wick.map {
        try Child($0, ["broker", "--listen", "127.0.0.1:\(port)", "--registry", "127.0.0.1:\(registry)", "--data-dir", folder])
      }
      ?? Child.bench("broker", "\(port)", folder)
    defer { child.kill() }
    while !answersMetadata(port: port) {
      guard Measure.now < start + 10 else { throw BenchError("a broker did not answer within 10 s") }
      usleep(500)
    }
    return (Measure.now - start) * 1000
  }

  /// The queries follow a live feed, are killed and started again.
  static func restartRows(_ broker: BrokerProcess) throws -> [Row] {
    let feed = try Child.bench("fill", broker.bootstrap, broker.registry, "live", "10000000", "\(rate)")
    defer { feed.kill() }
    // A quarter of a second of the feed: what lies between two commits and two looks at the ends.
    let slack = "\(rate / 4)"
    let admin = try Admin(KafkaConfiguration(bootstrap: broker.bootstrap, logger: StreamsBench.logger))
    let deadline = Measure.now + 10
    while try admin.partitions(of: "live") == nil, Measure.now < deadline { usleep(10_000) }
    var times: [Double] = []
    for round in 0..<4 {
      let start = Measure.now
      let child = try Child.bench("follow", broker.bootstrap, broker.registry, "live", slack)
      guard let line = child.readLine(), line.hasPrefix("caught_up") else { throw BenchError("the queries did not catch up") }
      if round > 0 { times.append(Measure.now - start) }
      // Somewhere within a transaction, most likely.
      usleep(1_030_000)
      child.kill()
    }
    let time = median(times)
    return [
      .atMost(
        2, "restart after kill -9 to caught up", "≤ 2 s plus changelog read", time,
        "\(number(time, 2)) s, changelog read included (\(rate) trades/s coming in)")
    ]
  }
}
