import Columns
import Contracts
import Iceberg
import Kafka

/// Re-checks what the pipeline claims, with code of its own: audit rows, ledgers, and candles recomputed from the trades.
///
///     let report = try VerifyApplication(configuration).run()
///     report.findings.forEach { print($0) }
///
/// Reads only. The pipeline may be running: what is compared was in the topics when the check began, or came while it went on, and the
/// sink has the configuration's patience to carry it over.
public final class VerifyApplication {
  private let configuration: VerifyConfiguration
  private let givenSchemas: (any SchemaSource)?

  /// - Parameter schemas: where contracts are looked up in place of the configuration's registry.
  public init(_ configuration: VerifyConfiguration, schemas: (any SchemaSource)? = nil) {
    self.configuration = configuration
    givenSchemas = schemas
  }

  /// Runs the checks. Blocks for as long as reading the topics and tables takes: call it on a thread of its own.
  ///
  /// - Throws: `LakeError` when something could not be read at all; differences are in the report.
  public func run() throws -> VerifyReport {
    do {
      let schemas = try givenSchemas ?? RegistrySchemaSource(client: SchemaRegistryClient(urls: configuration.registry))
      let run = try VerifyRun(configuration, schemas)
      let result = Result { try run.run() }
      try run.close()
      return try result.get()
    } catch { throw LakeError.wrapping(error) }
  }
}
