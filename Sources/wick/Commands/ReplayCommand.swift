import ArgumentParser
import Contracts
import Foundation
import Kafka
import Replay
import Streams

struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Compute candles again from the log, beside the live ones, and compare.",
    discussion: """
      Reads the whole log under a consumer group and into topics of its own, and compares windows that start from --from to before --to. Exit
      code 1 with what differs. Nothing live is touched. A run that was ended with --final has made late what came after it; a replay has not.

      Example: wick replay sql/ --from 2026-05-01T00:00:00Z --to 2026-05-02T00:00:00Z
      """)

  @Argument(help: "SQL files or folders (default sql).")
  var sql: [String] = []

  @Option(help: "First window's start: 2026-05-01T00:00:00Z, or milliseconds since 1970 (default: all).")
  var from: String?

  @Option(help: "End of the windows' starts, likewise (default: all).")
  var to: String?

  @Option(help: "Name of the side application (default wick-replay- and a random number).")
  var side: String?

  @Flag(help: "Leave the side's topics for looking at.")
  var keep = false

  @Option(help: "Live application (default wick).")
  var app: String?

  @Option(help: "Worker threads.")
  var workers: Int = 1

  @OptionGroup var connection: ConnectionOptions

  @Option(help: "Folder of `wick up`: starts its broker on free ports for the replay.")
  var dataDir: String?

  func validate() throws {
    guard (1...256).contains(workers) else { throw ValidationError("--workers is a number from 1 to 256.") }
    if let side, !TopicName.isLegal(side) || side.count > 100 {
      throw ValidationError("--side takes up to 100 letters, digits, dots, underscores and hyphens.")
    }
    guard try time(from, "--from") ?? .min < time(to, "--to") ?? .max else {
      throw ValidationError("--from must be before --to.")
    }
  }

  func run() throws {
    try Failure.reporting {
      let interrupts = Interrupts()
      let queries = try Queries(paths: sql)
      var target = try connection.resolve()
      let cluster = try dataDir.map { try EmbeddedCluster(AtRest(dataDir: $0)) }
      defer { cluster?.stop() }
      if let cluster { (target.bootstrap, target.registry) = (cluster.bootstrap, [cluster.registry]) }
      try target.reach()
      let stop = StopHandle()
      interrupts.onInterrupt { stop.stop() }
      let report = try replay(target, queries, stop)
      guard !interrupts.isAsked else { throw Failure(.unavailable, "Interrupted; nothing has been compared.") }
      try show(report)
    }
  }

  private func replay(_ target: Connection, _ queries: Queries, _ stop: StopHandle) throws -> ReplayReport {
    var streams = StreamsConfiguration(
      kafka: KafkaConfiguration(bootstrap: target.bootstrap, clientID: "wick-replay"),
      application: try Settings().value("app", flag: app) ?? "wick", instance: "replay", workers: workers)
    streams.contractsDirectory = target.contracts
    streams.hasStaticMembership = false
    let configuration = ReplayConfiguration(
      streams: streams, windows: try (time(from, "--from") ?? .min)..<(time(to, "--to") ?? .max),
      side: side ?? "wick-replay-\(UInt32.random(in: 0...UInt32.max))", keeps: keep)
    let registry = try SchemaRegistryClient(urls: target.registry)
    return try BlockingThread(name: "replay", stackSize: 4 << 20) {
      try ReplayApplication(configuration, plans: queries.plans, schemas: RegistrySchemaStore(registry)).run(stop: stop) {
        Terminal.status("\(Terminal.grouped($0)) records read again")
      }
    }.join()
  }

  private func show(_ report: ReplayReport) throws {
    Terminal.endStatus()
    Terminal.say("\(Terminal.grouped(report.consumed)) records read again")
    Terminal.table(
      ["", "topic", "equal", "different", "open", "live", "replayed"],
      report.topics.map { topic in
        [
          topic.differing == 0 ? "ok" : "WRONG", topic.name, Terminal.grouped(Int64(topic.equal)),
          Terminal.grouped(Int64(topic.differing)), Terminal.grouped(Int64(topic.open)), hex(topic.liveHash),
          hex(topic.replayedHash),
        ]
      })
    for note in report.notes { Terminal.say("note: \(note)") }
    guard !report.isClean else { return }
    for one in report.differences {
      let start = Date(timeIntervalSince1970: Double(one.windowStart) / 1000).formatted(.iso8601)
      let fields = one.fields.isEmpty ? "" : " in \(one.fields.joined(separator: ", "))"
      Terminal.complain("\(one.topic): \(one.key) at \(start) \(one.kind.rawValue)\(fields)")
    }
    let count = report.topics.reduce(0) { $0 + $1.differing }
    throw Failure(.checkFailed, "\(Terminal.grouped(Int64(count))) windows are not what the log makes of them; see above.")
  }

  private func hex(_ hash: UInt64) -> String {
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private func time(_ text: String?, _ flag: String) throws -> Int64? {
    guard let text else { return nil }
    if let milliseconds = Int64(text) { return milliseconds }
    guard let date = try? Date(text, strategy: .iso8601) else {
      throw ValidationError("\(flag) takes a time such as 2026-05-01T00:00:00Z, or milliseconds since 1970.")
    }
    return Int64(date.timeIntervalSince1970 * 1000)
  }
}
