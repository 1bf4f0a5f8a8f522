import ArgumentParser
import Ingest
import Kafka
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

  @Option(help: "Partitions of topics that have to be created (default 4).")
  var partitions: Int?

  func run() throws {
    try Failure.reporting {
      let interrupts = Interrupts()
      let configuration = try ingestConfiguration(connection.resolve(), source, partitions: partitions, simulatedCount: nil)
      let application = IngestApplication(configuration) { IngestReport.status($0) }
      interrupts.onInterrupt { application.stop() }
      let outcome = try BlockingThread(name: "ingest") { try application.run() }.join()
      IngestReport.summary(outcome, source: configuration.source.name)
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
  if let partitions = try partitions ?? Settings().value("partitions", flag: nil).flatMap(Int.init) { configuration.partitions = partitions }
  return configuration
}

/// What ingest shows.
enum IngestReport {
  static func status(_ progress: IngestProgress) {
    let share = progress.bytesTotal.map { $0 > 0 ? Double(progress.bytesRead) / Double($0) : 1 }
    let bar = share.map { Terminal.bar($0) + " \(Int($0 * 100)) %  " } ?? ""
    Terminal.status("\(bar)\(Terminal.grouped(progress.trades)) trades, \(Terminal.grouped(progress.rejects)) invalid")
  }

  static func summary(_ progress: IngestProgress, source: String) {
    Terminal.endStatus()
    Terminal.say("ingested \(Terminal.grouped(progress.trades)) trades from \(source), \(Terminal.grouped(progress.rejects)) invalid lines kept in trades.invalid")
    for (reason, count) in progress.rejectsByReason.sorted(by: { $0.key < $1.key }) { Terminal.say("  \(reason): \(Terminal.grouped(count))") }
    if progress.resumedAfter > 0 {
      Terminal.say("an earlier run had sent \(Terminal.grouped(progress.resumedAfter)) already (--from-start sends all again)")
    }
    if progress.truncated { Terminal.complain("\(source) breaks off in the middle: what was whole has been ingested") }
  }
}
