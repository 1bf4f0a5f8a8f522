import Contracts
import Kafka
import Logging
import Metrics

/// Carries records from topics into lake tables, each exactly once.
///
///     let configuration = SinkConfiguration(kafka: kafka, registry: [registry], lake: "lake", mappings: mappings, untilEnd: true)
///     let sink = SinkApplication(configuration)
///     let summary = try sink.run(stop: stop) { progress in print(progress.consumed) }
///
/// The tables' ledgers say where reading goes on, and every commit must begin where they end (`OffsetLedger`); a process that
/// is killed at any point leaves at worst files that nothing refers to.
public final class SinkApplication {
  private let configuration: SinkConfiguration
  private let givenSchemas: (any SchemaSource)?

  /// - Parameter schemas: where contracts are looked up in place of the configuration's registry.
  public init(_ configuration: SinkConfiguration, schemas: (any SchemaSource)? = nil) {
    self.configuration = configuration
    givenSchemas = schemas
  }

  /// Runs until stopped, or with `untilEnd` until everything is committed. Blocks: call it on a thread of its own.
  ///
  /// - Parameter progress: called on that thread after each commit.
  /// - Throws: `LakeError`. After `.outcomeUnknown` a new run finds out; the others need a person.
  public func run(stop: StopHandle = StopHandle(), progress: (SinkSummary) -> Void = { _ in }) throws -> SinkSummary {
    var total = SinkSummary()
    var restarts = 0
    let maintenance = configuration.maintenance.map {
      MaintenanceThread(lake: configuration.lake, $0.options, every: $0.every, logger: configuration.logger)
    }
    defer { maintenance?.end() }
    let schemas = try schemas()
    while true {
      do {
        let run = try SinkRun(configuration, schemas: schemas, summary: total)
        defer { run.close() }
        do {
          try run.run(stop: stop, progress: progress)
          return run.summary
        } catch {
          total = run.summary
          throw error
        }
      } catch {
        let error = LakeError.wrapping(error)
        // Only the tables can tell what became of the commit, so begin again from them.
        guard error.code == .outcomeUnknown, restarts < 5, !stop.isStopped else { throw error }
        restarts += 1
        Counter(label: "wick_lake_unknown_outcomes_total").increment()
        configuration.logger.warning(
          "The outcome of a commit is not known; reading the tables again", metadata: ["error": "\(error)"])
      }
    }
  }

  private func schemas() throws -> any SchemaSource {
    if let givenSchemas { return givenSchemas }
    do {
      return RegistrySchemaSource(client: try SchemaRegistryClient(urls: configuration.registry))
    } catch { throw LakeError.wrapping(error) }
  }
}
