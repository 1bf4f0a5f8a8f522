import Kafka
import SQL
import Values
import Windows

/// A SELECT without EMIT over a stream: its records up to the end there is now.
struct StreamScan {
  var query: PullQuery
  var kafka: KafkaConfiguration
  var schemas: SchemaAccess
  var timeout: Duration

  /// Blocking.
  ///
  /// - Parameter limit: the most rows of an answer.
  func answer(limit: Int) throws -> [[Value]] {
    let stop = StopHandle()
    let decoder = try SourceDecoder(query.source, schemas: schemas)
    let deadline = ContinuousClock.now + timeout
    var answer: [[Value]] = []
    var pending: [TableRow] = []
    let wanted = query.limit ?? .max
    var single = query
    single.limit = nil
    func give() throws -> TopicReading.Next {
      answer += try single.answer(from: pending)
      pending.removeAll(keepingCapacity: true)
      guard answer.count <= limit || wanted <= limit else { throw ServeError.tooManyRows(limit) }
      guard ContinuousClock.now < deadline else {
        throw ServeError(.timedOut, "\(query.source.name) was not read to its end in time; add a LIMIT, or ask a table.")
      }
      return answer.count < wanted ? .more : .done
    }
    try TopicReading(kafka: kafka, topics: [query.source.topic]).run(
      stop: stop,
      onEnd: {
        _ = try give()
        return .done
      }, onPause: give,
      onRecord: { record, _, headers in
        guard let row = try decoder.rowIfValid(record, headers: headers), !row.isDeletion else { return .more }
        pending.append(row.tableRow)
        return .more
      })
    return Array(answer.prefix(wanted))
  }
}

extension ServeError {
  static func tooManyRows(_ limit: Int) -> ServeError {
    ServeError(.badStatement, "The answer has more than \(limit) rows; narrow the WHERE, or add a LIMIT.")
  }
}
