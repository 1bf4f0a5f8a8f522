import ArgumentParser
import Ingest
import Kafka
import Lineage
import Logging
import Venues

struct IngestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ingest",
    abstract: "Bring trades onto Kafka, exactly once.",
    discussion: """
      Trades go to trades.raw under the registered contract, lines that are no trades to trades.invalid with the reason. A killed run goes on
      where it was when it is started again.

      Example: wick ingest --source trades.csv.gz --bootstrap 127.0.0.1:9092 --registry http://127.0.0.1:8081
      """)

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var source: SourceOptions
  @OptionGroup var metrics: MetricsOptions
  @OptionGroup var lineage: LineageOptions

  @Option(help: "Partitions of topics that have to be created (default 4).")
  var partitions: Int?

  @Option(help: "Topic of the trades; its subject is this name with -value (default trades.raw).")
  var topic: String?

  @Option(help: "Topic of lines that are no trades (default trades.invalid).")
  var invalidTopic: String?

  @Option(help: "Compacted topic of how far each source has been sent (default wick.ingest.positions).")
  var positionsTopic: String?

  func validate() throws {
    for name in [topic, invalidTopic, positionsTopic].compactMap({ $0 }) where !TopicName.isLegal(name) {
      throw ValidationError("\(name) is no topic name: use up to 249 letters, digits, dots, underscores and hyphens.")
    }
    if let partitions, !(1...1000).contains(partitions) { throw ValidationError("--partitions is a number from 1 to 1000.") }
  }

  func run() throws {
    try Failure.reporting {
      let interrupts = Interrupts()
      var configuration = try ingestConfiguration(connection.resolve(), source, partitions: partitions, simulatedCount: nil)
      try name(&configuration)
      let service = try metrics.start(role: "ingest")
      defer { service?.stop() }
      configuration.kafka = service?.observing(configuration.kafka) ?? configuration.kafka
      let application = IngestApplication(configuration) { progress in
        service?.show(progress)
        IngestReport.status(progress)
      }
      interrupts.onInterrupt { application.stop() }
      let told = try lineage.service()
      defer { told?.close() }
      let job = LineageJob.ingest(configuration)
      let outcome = try LineageService.telling(told, { [job] }) {
        try BlockingThread(name: "ingest") { try application.run() }.join()
      }
      IngestReport.summary(outcome, source: configuration.source.name, invalidTopic: configuration.invalidTopic)
    }
  }

  private func name(_ configuration: inout IngestConfiguration) throws {
    let settings = try Settings()
    configuration.topic = settings.value("topic", flag: topic) ?? configuration.topic
    configuration.invalidTopic = settings.value("invalid-topic", flag: invalidTopic) ?? configuration.invalidTopic
    configuration.positionsTopic = settings.value("positions-topic", flag: positionsTopic) ?? configuration.positionsTopic
  }
}

enum TopicName {
  /// Kafka's rule for names of topics.
  static func isLegal(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 249 && name != "." && name != ".."
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}

/// Puts together what an ingest needs from options.
func ingestConfiguration(
  _ connection: Connection, _ source: SourceOptions, partitions: Int?, simulatedCount: Int64?
) throws -> IngestConfiguration {
  let specification = try source.specification(simulatedCount: simulatedCount)
  var configuration = IngestConfiguration(
    kafka: KafkaConfiguration(bootstrap: connection.bootstrap, clientID: "wick-ingest"), registry: connection.registry,
    source: specification, contracts: connection.contracts)
  configuration.symbols = source.keptSymbols
  configuration.fromStart = source.fromStart
  if case .simulator(let options) = specification {
    configuration.pace = source.pace(isEndless: options.count == nil)
  } else {
    configuration.pace = source.pace(isEndless: false)
  }
  if let partitions = try partitions ?? Settings().value("partitions", flag: nil).flatMap(Int.init) {
    configuration.partitions = partitions
  }
  return configuration
}

/// What ingest shows.
enum IngestReport {
  static func status(_ progress: IngestProgress) {
    let share = progress.bytesTotal.map { $0 > 0 ? Double(progress.bytesRead) / Double($0) : 1 }
    let bar = share.map { Terminal.bar($0) + " \(Int($0 * 100)) %  " } ?? ""
    Terminal.status("\(bar)\(Terminal.grouped(progress.trades)) trades, \(Terminal.grouped(progress.rejects)) invalid")
  }

  static func summary(_ progress: IngestProgress, source: String, invalidTopic: String) {
    Terminal.endStatus()
    Terminal.say(
      "ingested \(Terminal.grouped(progress.trades)) trades from \(source), \(Terminal.grouped(progress.rejects)) invalid lines kept in \(invalidTopic)"
    )
    for (reason, count) in progress.rejectsByReason.sorted(by: { $0.key < $1.key }) {
      Terminal.say("  \(reason): \(Terminal.grouped(count))")
    }
    if progress.resumedAfter > 0 {
      Terminal.say("an earlier run had sent \(Terminal.grouped(progress.resumedAfter)) already (--from-start sends all again)")
    }
    if progress.truncated { Terminal.complain("\(source) breaks off in the middle: what was whole has been ingested") }
  }
}
