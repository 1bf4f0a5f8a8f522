import Columns

/// Collects the values (not the nulls) of one column page by page and encodes them. One per column of a writer.
protocol ValueLane: AnyObject {
  /// Takes values of `rows`, skipping nulls, as many rows as fit into a page of the byte limit; returns how many (at least 1).
  /// Throws `ParquetError.value` where the values are of another lane or out of range.
  func append(_ values: ColumnValues, rows: Range<Int>, validity: UnsafePointer<Bool>?) throws -> Int

  /// Whether the page has reached its byte limit.
  var isPageFull: Bool { get }

  /// Appends the encoded values of the page and empties it.
  func encodePage(into out: ByteBuffer) throws -> EncodedPage

  /// Appends the dictionary in PLAIN and returns its number of entries, or nil when no page of the chunk used one.
  func encodeDictionary(into out: ByteBuffer) -> Int?

  /// Starts a new chunk.
  func beginChunk()
}

/// What a lane says about a page it has encoded.
struct EncodedPage {
  var encoding: ParquetEncoding
  /// nil when there is no value other than NaN.
  var bounds: Bounds?
  var nanCount = 0
}

/// Runs `body` on each stretch of rows without a null.
@inline(__always)
func forEachValidRun(_ rows: Range<Int>, _ validity: UnsafePointer<Bool>?, _ body: (Range<Int>) throws -> Void) rethrows {
  guard let validity else { return try body(rows) }
  var row = rows.lowerBound
  while row < rows.upperBound {
    while row < rows.upperBound, !validity[row] { row += 1 }
    let start = row
    while row < rows.upperBound, validity[row] { row += 1 }
    if row > start { try body(start..<row) }
  }
}
