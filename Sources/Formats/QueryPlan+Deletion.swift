import SQL
import Values

extension QueryPlan {
  /// What a reader of a table's changes is told of a row that is deleted: its key, and NULL for all else.
  ///
  /// - Parameters:
  ///   - values: one per column of the source; those of the key are looked at.
  ///   - window: that of the row's key, where it carries one.
  public func deletion(_ values: [Value], window: WindowedKey.Parts?) -> [Value] {
    projection.map { output in
      switch output.expression {
      case .column(let index, _) where source.columns[index].isKey: values[index]
      case .windowStart: window.map { .bigint($0.start) } ?? .null
      case .windowEnd: window.map { .bigint($0.end) } ?? .null
      default: .null
      }
    }
  }
}
