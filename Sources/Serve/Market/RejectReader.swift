import Formats
import Kafka
import Market
import MarketAPI
import SQL
import Values

/// Records of the topics of late and of invalid ones, as they are shown. Belongs to one thread.
final class RejectReader {
  private let decoders: [SourceDecoder]

  /// - Parameter sources: the streams whose records come to the topic.
  init(_ sources: [SourcePlan], schemas: SchemaAccess) throws(FormatError) {
    var decoders: [SourceDecoder] = []
    for source in sources { decoders.append(try SourceDecoder(source, schemas: schemas)) }
    self.decoders = decoders
  }

  func trade(_ record: RecordView, _ headers: [RecordHeader]) -> LateTrade {
    func text(_ name: String) -> String? {
      headers.last { $0.name == name }?.value.flatMap { String(validating: $0, as: UTF8.self) }
    }
    var trade = LateTrade(
      time: record.timestamp, reason: text("wick.reason") ?? "unknown",
      lateness: text("wick.lateness_ms").flatMap(Self.roundedUp),
      query: text("wick.query"))
    for decoder in decoders {
      // What is not of this source is of another, or is what makes the record invalid.
      guard let row = try? decoder.row(record, headers: { headers }) else { continue }
      fill(&trade, row, decoder.source)
      break
    }
    return trade
  }

  private func fill(_ trade: inout LateTrade, _ row: SourceRow, _ source: SourcePlan) {
    trade.time = row.timestamp
    for (column, value) in zip(source.columns, row.values) {
      let text = value.isNull ? nil : value.text(as: column.type)
      switch column.name {
      case "VENUE": trade.venue = text
      case "SYMBOL": trade.symbol = text
      case "TRADE_ID": trade.tradeID = text.flatMap { Int64($0) }
      case "PRICE": trade.price = value.exact?.description ?? text
      case "QUANTITY": trade.quantity = value.exact?.description ?? text
      default: break
      }
    }
  }

  /// Milliseconds with up to three decimals, rounded up.
  static func roundedUp(_ text: String) -> Int64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = Int64(parts[0]), whole.magnitude < 1 << 50 else { return nil }
    guard parts.count == 2 else { return whole }
    return parts[1].contains { $0 != "0" } && !text.hasPrefix("-") ? whole + 1 : whole
  }
}
