import Formats
import Kafka
import SQL
import Values
import Windows

/// One table kept in memory by reading its topic: committed records to their end, then as they come. Safe from any thread.
final class TableWatch: Sendable {
  let source: SourcePlan
  private struct Content {
    var table: QueryableTable
    var isReady = false
    var failure: ServeError?
    /// Records that are not of the table.
    var refused = 0
  }

  private let stop = StopHandle()
  private let content: Monitor<Content>

  init(_ source: SourcePlan) {
    self.source = source
    content = Monitor(Content(table: QueryableTable(source)))
  }

  /// Begins to read, on a thread of its own.
  func start(_ kafka: KafkaConfiguration, _ schemas: SchemaAccess) {
    _ = BlockingThread(name: "table") { () throws in
      do {
        try self.follow(kafka, schemas)
      } catch {
        self.content.withLock { $0.failure = ServeError.wrapping(error) }
      }
    }
  }

  func close() { stop.stop() }

  private func follow(_ kafka: KafkaConfiguration, _ schemas: SchemaAccess) throws {
    let decoder = try SourceDecoder(source, schemas: schemas)
    var pending: [SourceRow] = []
    var refused = 0
    func give() throws -> TopicReading.Next {
      guard !pending.isEmpty || refused > 0 else { return .more }
      try content.withLock { content in
        content.refused += refused
        for row in pending { try Self.apply(row, to: content.table) }
      }
      pending.removeAll(keepingCapacity: true)
      refused = 0
      return .more
    }
    try TopicReading(kafka: kafka, topics: [source.topic]).run(
      stop: stop,
      onEnd: {
        _ = try give()
        self.content.withLock { $0.isReady = true }
        return .more
      }, onPause: give,
      onRecord: { record, _, headers in
        if let row = try decoder.rowIfValid(record, headers: headers) { pending.append(row) } else { refused += 1 }
        return pending.count < 4096 ? .more : try give()
      })
  }

  private static func apply(_ row: SourceRow, to table: QueryableTable) throws {
    let new = row.tableRow
    if row.isDeletion {
      table.remove(key: table.source.keyColumns.map { row.values[$0] }, window: new.window)
    } else {
      try table.put(new)
    }
  }

  /// Whether all is read that was there when reading began; nil once it has failed.
  var isReady: Bool? { content.withLock { $0.failure == nil ? $0.isReady : nil } }

  /// What a table's answers rest on.
  var counts: (rows: Int, refused: Int) { content.withLock { ($0.table.count, $0.refused) } }

  /// The rows that the query has to look at.
  ///
  /// - Throws: `unavailable` until the table is read.
  func rows(for query: PullQuery) throws(ServeError) -> [TableRow] {
    try content.withLock { content throws(ServeError) in
      if let failure = content.failure { throw failure }
      guard content.isReady else {
        throw ServeError(.unavailable, "The table \(source.name) is being read; ask again in a moment.")
      }
      return content.table.rows(for: query)
    }
  }

  /// Blocks until the table is read, or why it cannot be.
  func awaitReady(timeout: Duration) throws(ServeError) {
    let ready: Bool? = try content.wait(timeout) { content throws(ServeError) in
      if let failure = content.failure { throw failure }
      return content.isReady ? true : nil
    }
    if ready == nil {
      throw ServeError(.timedOut, "The table \(source.name) was not read to its end in time; ask again.")
    }
  }
}
