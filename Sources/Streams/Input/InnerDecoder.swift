import Columns
import Formats
import Kafka
import SQL
import Values

/// Reads inner topics.
final class InnerDecoder: RecordDecoder {
  private let source: SourcePlan
  private var dictionaries: [StringDictionary]

  init(_ source: SourcePlan) {
    self.source = source
    dictionaries = source.columns.map { _ in StringDictionary() }
  }

  func decode(_ batch: RecordBatch, at indexes: [Int32]) throws -> DecodedRun {
    RowColumns.renew(&dictionaries)
    var run = DecodedRun(capacity: indexes.count)
    var rows = RowColumns(source.columns, dictionaries)
    var origins: [InnerRecord.Origin] = []
    origins.reserveCapacity(indexes.count)
    for index in indexes {
      let record = batch.records[Int(index)]
      guard let value = record.value, let inner = InnerRecord(value), inner.row.count == source.columns.count else {
        run.undecodable.append(.init(index: index, error: "not a record of an inner topic"))
        continue
      }
      do throws(FormatError) { try rows.append(inner.row) } catch {
        // Rows are written from columns of these very types: they are of another version of the query.
        throw StreamsError(
          .inconsistent, "\(source.topic) holds records of other columns than the query has",
          advice: "Run under a new application id to begin anew")
      }
      run.add(index, record)
      run.timestamps[run.timestamps.count - 1] = inner.eventTime
      origins.append(inner.origin)
    }
    run.batch = rows.batch
    run.origins = origins
    return run
  }
}
