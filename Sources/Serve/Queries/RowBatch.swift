import Columns
import Formats
import SQL
import Values

/// Records of one partition on their way into an engine, as columns.
struct RowBatch {
  private let source: SourcePlan
  private let dictionaries: [StringDictionary]
  private var builders: [ValueColumnBuilder]
  private(set) var offsets: [Int64] = []
  /// Microseconds.
  private(set) var timestamps: [Int64] = []
  private(set) var starts: [Int64] = []
  private(set) var ends: [Int64] = []

  init(_ source: SourcePlan) {
    self.source = source
    dictionaries = source.columns.map { _ in StringDictionary() }
    builders = zip(source.columns, dictionaries).map { ValueColumnBuilder($0.type, dictionary: $1) }
  }

  var count: Int { offsets.count }

  /// A row with a value that is not of its column's type has no time, so that no query counts it.
  mutating func append(_ row: SourceRow) {
    var isSound = true
    for index in builders.indices {
      do throws(ValueError) { try builders[index].append(row.values[index]) } catch {
        builders[index].appendNull()
        isSound = false
      }
    }
    offsets.append(row.offset)
    let (micros, overflow) = row.timestamp.multipliedReportingOverflow(by: 1000)
    timestamps.append(overflow || !isSound ? -1 : micros)
    starts.append((row.window?.start ?? 0) &* 1000)
    ends.append((row.window?.end ?? 0) &* 1000)
  }

  var columns: ColumnBatch {
    ColumnBatch(
      columns: zip(source.columns, builders).map { $1.column(named: $0.name) }, rowCount: count)
  }

  mutating func removeAll() { self = RowBatch(source) }
}
