import Foundation
import Kafka
import SQL
import Values

/// Runs one push query on a thread of its own, until its LIMIT, its reader or `stop` ends it.
struct PushRun: Sendable {
  var query: PushQuery
  var kafka: KafkaConfiguration
  var schemas: SchemaAccess
  var fromBeginning: Bool
  let stop = StopHandle()

  /// Starts reading. The channel ends with the query.
  func start(into rows: RowChannel<ResultRow>) {
    rows.fill(on: "push") { try read(into: $0) }
  }

  private func read(into rows: RowChannel<ResultRow>) throws {
    let source = query.plan.source
    let engine = try PushEngine(query.plan)
    let decoder = try SourceDecoder(source, schemas: schemas)
    var left = query.limit ?? .max
    func give(_ produced: [ResultRow]) -> TopicReading.Next {
      for row in produced {
        guard left > 0, rows.send(row) else { return .done }
        left -= 1
      }
      return left > 0 && !rows.isCancelled ? .more : .done
    }
    if left == 0 { return }
    let reading = TopicReading(kafka: kafka, topics: [source.topic], fromBeginning: fromBeginning)
    try reading.run(
      stop: stop, onPause: { give(try engine.flush()) },
      onRecord: { record, _, headers in
        guard let row = try decoder.rowIfValid(record, headers: headers) else { return .more }
        return give(try engine.take(row))
      })
  }
}
