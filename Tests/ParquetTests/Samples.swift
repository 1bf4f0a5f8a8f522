import Columns
import TestSupport

@testable import Parquet

/// Columns of every type and seeded batches of them.
enum Samples {
  static let types: [(name: String, type: ColumnType)] = [
    ("flag", .boolean), ("i32", .int32), ("i64", .int64), ("dbl", .double), ("txt", .string), ("bin", .bytes),
    ("ts", .timestampMicros), ("day", .date), ("d4", .decimal(precision: 4, scale: 2)), ("d9", .decimal(precision: 9, scale: 0)),
    ("d18", .decimal(precision: 18, scale: 8)), ("d19", .decimal(precision: 19, scale: 3)),
    ("d28", .decimal(precision: 28, scale: 8)), ("d38", .decimal(precision: 38, scale: 16)),
  ]

  /// Every type, optional and then required.
  static let allTypes: [ParquetColumn] = columns(required: false) + columns(required: true)

  private static func columns(required: Bool) -> [ParquetColumn] {
    types.enumerated().map { index, entry in
      ParquetColumn(
        name: required ? "r_\(entry.name)" : entry.name, type: entry.type, fieldID: Int32(index + (required ? 101 : 1)),
        isRequired: required)
    }
  }

  /// How values are spread: few distinct ones, a slow walk, anything, or the limits of the type.
  enum Shape: CaseIterable { case few, walk, any, extreme }

  static func batch(
    _ columns: [ParquetColumn], rows: Int, shape: Shape, nullShare: Double, strings: StringDictionary,
    _ random: inout SeededGenerator
  ) -> ColumnBatch {
    ColumnBatch(
      columns: columns.map { column in
        let hasNulls = !column.isRequired && nullShare > 0
        let validity = hasNulls ? (0..<rows).map { _ in Double.random(in: 0..<1, using: &random) >= nullShare } : nil
        return Column(
          name: column.name, type: column.type, values: values(column.type, rows, shape, strings, &random), validity: validity)
      }, rowCount: rows)
  }

  private static func values(
    _ type: ColumnType, _ rows: Int, _ shape: Shape, _ strings: StringDictionary, _ random: inout SeededGenerator
  ) -> ColumnValues {
    switch type.lane {
    case .bool: return .bool((0..<rows).map { _ in Bool.random(using: &random) })
    case .int64:
      let limits = limits64(type)
      return .int64(integers(rows, shape, limits, &random))
    case .int128:
      guard case .decimal(let precision, _) = type else { return .int128([]) }
      let most = Decimals.largest(precision)
      return .int128(integers(rows, shape, -most...most, &random))
    case .double: return .double((0..<rows).map { _ in double(shape, &random) })
    case .codes: return .codes((0..<rows).map { _ in strings.code(of: text(shape, &random)) }, strings)
    case .bytes:
      var vector = BytesVector()
      for _ in 0..<rows { vector.append(contentsOf: binary(shape, &random)) }
      return .bytes(vector)
    }
  }

  private static func limits64(_ type: ColumnType) -> ClosedRange<Int64> {
    switch type {
    case .int32: return Int64(Int32.min)...Int64(Int32.max)
    case .decimal(let precision, _):
      let most = Int64(Decimals.largest(precision))
      return -most...most
    // Years 1 to 9999: the readers that check the fixtures have no others.
    case .date: return -719_162...2_932_896
    case .timestampMicros: return -62_135_596_800_000_000...253_402_300_799_999_999
    default: return Int64.min...Int64.max
    }
  }

  private static func integers<T: FixedWidthInteger>(
    _ rows: Int, _ shape: Shape, _ limits: ClosedRange<T>, _ random: inout SeededGenerator
  ) -> [T] {
    let few = (0..<7).map { _ in number(limits, &random) }
    var walk = number(limits, &random)
    return (0..<rows).map { _ in
      switch shape {
      case .few: return few.randomElement(using: &random) ?? 0
      case .walk:
        let (next, over) = walk.addingReportingOverflow(T(Int.random(in: -3...4, using: &random)))
        walk = over || !limits.contains(next) ? limits.lowerBound : next
        return walk
      case .any: return number(limits, &random)
      case .extreme:
        return [limits.lowerBound, limits.upperBound, 0, -1, 1, limits.upperBound - 1].randomElement(using: &random) ?? 0
      }
    }
  }

  private static func number<T: FixedWidthInteger>(_ limits: ClosedRange<T>, _ random: inout SeededGenerator) -> T {
    let bits = UInt128(random.next()) << 64 | UInt128(random.next())
    let value = T(truncatingIfNeeded: bits)
    let folded = limits.contains(value) ? value : value % limits.upperBound
    return folded < limits.lowerBound ? 0 - folded : folded
  }

  private static func double(_ shape: Shape, _ random: inout SeededGenerator) -> Double {
    switch shape {
    case .few: return Double(Int.random(in: 0..<5, using: &random)) / 4
    case .extreme:
      let values = [0.0, -0.0, .nan, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude, -1.5]
      return values.randomElement(using: &random) ?? 0
    case .walk, .any: return Double.random(in: -1e6...1e6, using: &random)
    }
  }

  private static func text(_ shape: Shape, _ random: inout SeededGenerator) -> String {
    switch shape {
    case .few: return ["BTC-USDT", "ETH-USDT", "SOL-USDT", ""].randomElement(using: &random) ?? ""
    case .walk: return "key-\(Int.random(in: 0..<1000, using: &random))"
    case .any: return "id-\(random.next())"
    case .extreme:
      let size = [0, 1, 15, 16, 17, 100, 3000].randomElement(using: &random) ?? 0
      return String((0..<size).map { _ in ["a", "é", "語", "🕯", "\u{10ffff}", "~"].randomElement(using: &random) ?? "x" })
    }
  }

  private static func binary(_ shape: Shape, _ random: inout SeededGenerator) -> [UInt8] {
    switch shape {
    case .few: return [[0xff, 0xfe], [], [0]].randomElement(using: &random) ?? []
    case .walk: return [UInt8.random(in: 0...255, using: &random)]
    case .any: return (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
    case .extreme: return [UInt8](repeating: 0xff, count: [0, 1, 64, 65, 2000].randomElement(using: &random) ?? 0)
    }
  }
}

/// One value of a column, for comparison across dictionaries; doubles by their bits, so that NaN and −0.0 count.
enum Cell: Hashable {
  case null
  case bool(Bool)
  case int(Int128)
  case double(UInt64)
  case bytes([UInt8])

  init(_ column: Column, _ row: Int) {
    if column.isNull(row) {
      self = .null
      return
    }
    switch column.values {
    case .bool(let values): self = .bool(values[row])
    case .int64(let values): self = .int(Int128(values[row]))
    case .int128(let values): self = .int(values[row])
    case .double(let values): self = .double(values[row].bitPattern)
    case .codes(let codes, let strings): self = strings.withBytes(codes[row]) { .bytes(Array($0)) }
    case .bytes(let vector): self = .bytes(Array(vector[row]))
    }
  }

  static func column(_ batches: [ColumnBatch], _ index: Int) -> [Cell] {
    batches.flatMap { batch in (0..<batch.rowCount).map { Cell(batch.columns[index], $0) } }
  }
}
