import Columns

extension ParquetWriter {
  /// Bounds of strings in the column index are cut to this many bytes; they only rule pages out.
  private static let boundBytes = 64

  /// The column index of a chunk, or nil where a page has values but no bounds (all of them NaN).
  func columnIndex(_ pages: [ColumnChunkWriter.Page], _ writer: ColumnChunkWriter) -> ColumnIndex? {
    let isText = writer.column.type == .string
    var minima: [[UInt8]] = []
    var maxima: [[UInt8]] = []
    for page in pages {
      guard let bounds = page.bounds else {
        guard page.nulls == page.rows else { return nil }
        minima.append([])
        maxima.append([])
        continue
      }
      let lower = bounds.lower.statisticBytes(writer.layout)
      let upper = bounds.upper.statisticBytes(writer.layout)
      let isBytes = writer.layout.type == .byteArray
      minima.append(isBytes ? BoundTruncation.lower(lower, limit: Self.boundBytes, isText: isText).bytes : lower)
      maxima.append(isBytes ? BoundTruncation.upper(upper, limit: Self.boundBytes, isText: isText)?.bytes ?? upper : upper)
    }
    return ColumnIndex(
      nullPages: pages.map { $0.nulls == $0.rows }, minima: minima, maxima: maxima,
      order: order(pages.compactMap(\.bounds)), nullCounts: pages.map { Int64($0.nulls) })
  }

  private func order(_ bounds: [Bounds]) -> ColumnIndex.Order {
    let pairs = zip(bounds, bounds.dropFirst())
    if pairs.allSatisfy({ !$1.lower.precedes($0.lower) && !$1.upper.precedes($0.upper) }) { return .ascending }
    if pairs.allSatisfy({ !$0.lower.precedes($1.lower) && !$0.upper.precedes($1.upper) }) { return .descending }
    return .unordered
  }
}
