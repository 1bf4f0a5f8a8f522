import Columns

/// A column of booleans: one bit each, always PLAIN (every reader knows it).
final class BooleanLane: ValueLane {
  private let name: String
  private let page = Buffer<UInt8>(capacity: 1024)

  init(name: String) { self.name = name }

  var isPageFull: Bool { false }

  func append(_ values: ColumnValues, rows: Range<Int>, validity: UnsafePointer<Bool>?) throws -> Int {
    guard case .bool(let source) = values else {
      throw ParquetError(.value, "Column '\(name)' holds values of another lane than its type; fix the batch")
    }
    page.reserve(rows.count)
    forEachValidRun(rows, validity) { run in
      for row in run {
        page.base[page.count] = source[row] ? 1 : 0
        page.count += 1
      }
    }
    return rows.count
  }

  func encodePage(into out: ByteBuffer) -> EncodedPage {
    defer { page.count = 0 }
    BitPacking.pack(page.base, count: page.count, width: 1, into: out)
    guard page.count > 0 else { return EncodedPage(encoding: .plain) }
    var trues = 0
    for i in 0..<page.count { trues += Int(page.base[i]) }
    let bounds = Bounds(lower: .boolean(trues == page.count), upper: .boolean(trues > 0))
    return EncodedPage(encoding: .plain, bounds: bounds)
  }

  func encodeDictionary(into out: ByteBuffer) -> Int? { nil }

  func beginChunk() {}
}
