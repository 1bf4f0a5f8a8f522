import Kafka
import SQL
import Synchronization
import Windows

/// The tables that are kept in memory. Safe from any thread.
final class TableSet: Sendable {
  private let kafka: KafkaConfiguration
  private let schemas: SchemaAccess
  private let watches = Mutex<[String: TableWatch]>([:])

  init(_ kafka: KafkaConfiguration, _ schemas: SchemaAccess) {
    self.kafka = kafka
    self.schemas = schemas
  }

  /// Watches a table from now on, if it is not watched yet as it is declared now. A reading that failed begins anew.
  @discardableResult
  func watch(_ source: SourcePlan) -> TableWatch {
    watches.withLock { watches in
      if let known = watches[source.name], known.source == source, known.isReady != nil { return known }
      watches[source.name]?.close()
      let watch = TableWatch(source)
      watch.start(kafka, schemas)
      watches[source.name] = watch
      return watch
    }
  }

  /// The watch of a table, where there is one.
  func known(_ name: String) -> TableWatch? { watches.withLock { $0[name] } }

  /// Forgets tables that are no longer declared.
  func keep(only names: Set<String>) {
    watches.withLock { watches in
      for (name, watch) in watches where !names.contains(name) {
        watch.close()
        watches[name] = nil
      }
    }
  }

  func close() { keep(only: []) }
}
