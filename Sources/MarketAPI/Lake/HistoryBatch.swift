import Columns
import Iceberg
import Market

/// Typed access to a batch of `HistoryRows.columns`.
struct HistoryBatch {
  private let batch: ColumnBatch
  private let scales: [Int]

  var rowCount: Int { batch.rowCount }

  init(_ batch: ColumnBatch) throws {
    self.batch = batch
    scales = batch.columns.map { column in
      if case .decimal(_, let scale) = column.type { scale } else { 0 }
    }
    for (index, column) in batch.columns.enumerated() {
      let isSound =
        switch column.values {
        case .codes: index < 3
        case .int64, .int128: index >= 3
        default: false
        }
      guard isSound else {
        throw IcebergError(.invalid, "the column \(column.name) of silver.candles does not have the type it should.")
      }
    }
  }

  func text(_ column: Int, _ row: Int) -> String {
    guard case .codes(let codes, let dictionary) = batch.columns[column].values else { return "" }
    return dictionary.string(codes[row])
  }

  func integer(_ column: Int, _ row: Int) -> Int64 {
    guard case .int64(let values) = batch.columns[column].values else { return 0 }
    return values[row]
  }

  private func decimal(_ column: Int, _ row: Int) -> FixedDecimal {
    switch batch.columns[column].values {
    case .int64(let values): FixedDecimal(unscaled: Int128(values[row]), scale: scales[column])
    case .int128(let values): FixedDecimal(unscaled: values[row], scale: scales[column])
    default: FixedDecimal(unscaled: 0, scale: 0)
    }
  }

  func candle(_ row: Int) -> CandleRow {
    CandleRow(
      start: integer(3, row).flooredQuotient(1000), end: integer(4, row).flooredQuotient(1000), open: decimal(5, row),
      high: decimal(6, row),
      low: decimal(7, row), close: decimal(8, row), volume: decimal(9, row), quoteVolume: decimal(10, row),
      vwap: batch.columns[11].isNull(row) ? nil : decimal(11, row), trades: integer(12, row),
      revision: Int32(clamping: integer(13, row)))
  }
}
