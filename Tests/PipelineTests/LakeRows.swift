import Columns
import Foundation
import Iceberg
import Lake
import Parquet
import Testing

/// The rows of a lake table as text, read file by file from its current snapshot.
struct LakeRows {
  let rows: [[String]]

  struct Wrong: Error {}

  init(_ lake: String, _ table: String, _ columns: [String]) throws {
    let store = try LakeStore(folder: lake)
    guard let table = try store.table(TableIdentifier(table)) else {
      rows = []
      return
    }
    var rows: [[String]] = []
    for file in try TableScan(table).files(store.files) {
      let reader = try ParquetReader(FileSource(path: try store.files.localPath(forReading: file.path)))
      for group in 0..<reader.rowGroupCount {
        let batch = try reader.readRowGroup(group, columns: columns)
        let texts = batch.columns.map(Self.texts)
        for row in 0..<batch.rowCount { rows.append(texts.map { $0[row] }) }
      }
    }
    self.rows = rows
  }

  /// Decimals as their shortest text, times as microseconds, bytes as hexadecimal digits, null as nothing.
  private static func texts(_ column: Column) -> [String] {
    func all(_ count: Int, _ text: (Int) -> String) -> [String] { (0..<count).map { column.isNull($0) ? "" : text($0) } }
    switch column.values {
    case .bool(let values): return all(values.count) { String(values[$0]) }
    case .int64(let values): return all(values.count) { decimal(Int128(values[$0]), column.type) }
    case .int128(let values): return all(values.count) { decimal(values[$0], column.type) }
    case .double(let values): return all(values.count) { String(values[$0]) }
    case .codes(let codes, let dictionary): return all(codes.count) { dictionary.string(codes[$0]) }
    case .bytes(let values): return all(values.count) { values[$0].map { String(format: "%02x", $0) }.joined() }
    }
  }

  private static func decimal(_ value: Int128, _ type: ColumnType) -> String {
    guard case .decimal(_, let scale) = type else { return String(value) }
    return Exact.text(value, scale: scale)
  }
}

/// Decimal text to integers and back, for expected values.
enum Exact {
  /// `1.5` with scale 2 is 150. Digits beyond the scale must be zeros.
  static func units(_ text: some StringProtocol, scale: Int) throws -> Int128 {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = parts.count > 1 ? String(parts[1]) : ""
    guard fraction.dropFirst(scale).allSatisfy({ $0 == "0" }),
      let value = Int128(parts[0] + fraction.prefix(scale) + String(repeating: "0", count: max(0, scale - fraction.count)))
    else { throw LakeRows.Wrong() }
    return value
  }

  /// The shortest text: no trailing zeros, no trailing point.
  static func text(_ value: Int128, scale: Int) -> String {
    var digits = String(value.magnitude)
    digits = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
    let sign = value < 0 ? "-" : ""
    var fraction = digits.suffix(scale)
    while fraction.last == "0" { fraction.removeLast() }
    return sign + digits.dropLast(scale) + (fraction.isEmpty ? "" : ".\(fraction)")
  }
}

/// Expects two multisets of lines to be equal, and shows some of what they do not share.
func expectSame(_ found: [String], _ expected: [String], _ what: String, _ location: SourceLocation = #_sourceLocation) {
  let text = differences(found, expected)
  #expect(text == nil, "\(what), \(text ?? "")", sourceLocation: location)
}

/// Some of what two multisets of lines do not share; nil where they are equal.
func differences(_ found: [String], _ expected: [String]) -> String? {
  var counts: [String: Int] = [:]
  for line in expected { counts[line, default: 0] += 1 }
  for line in found { counts[line, default: 0] -= 1 }
  let wrong = counts.filter { $0.value != 0 }.sorted { $0.key < $1.key }
  let shown = wrong.prefix(6).map { "\($0.value > 0 ? "missing" : "unexpected") ×\(abs($0.value)): \($0.key)" }
  let more = wrong.count > 6 ? "\n… \(wrong.count) in all" : ""
  return wrong.isEmpty ? nil : "\(found.count) for \(expected.count):\n\(shown.joined(separator: "\n"))\(more)"
}
