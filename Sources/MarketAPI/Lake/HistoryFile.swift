import Columns
import Iceberg

/// What is known of one data file of candles without opening it. Pure.
struct HistoryFile: Sendable {
  let path: String
  let rows: Int64
  /// Where the file's least and largest value are known; those of long texts are cut off, and a cut upper one is rounded up.
  private let texts: [String: (lower: String?, upper: String?)]
  /// Starts of windows, milliseconds.
  let first: Int64?
  let last: Int64?

  /// - Parameter schema: the table's.
  init(_ file: DataFile, _ schema: Schema) {
    path = file.path
    rows = file.recordCount
    var texts: [String: (lower: String?, upper: String?)] = [:]
    for name in Self.names {
      guard let bounds = schema.field(named: name).map({ file.bounds(of: $0) }) else { continue }
      texts[name] = (Self.text(bounds.lower), Self.text(bounds.upper))
    }
    self.texts = texts
    let start = schema.field(named: "window_start").map { file.bounds(of: $0) }
    (first, last) = (Self.milliseconds(start?.lower), Self.milliseconds(start?.upper))
  }

  static let names = ["interval", "venue", "symbol"]

  private static func text(_ datum: Datum?) -> String? {
    guard case .string(let text)? = datum else { return nil }
    return text
  }

  private static func milliseconds(_ datum: Datum?) -> Int64? {
    switch datum {
    case .timestamptz(let value), .long(let value): value.flooredQuotient(1000)
    default: nil
    }
  }

  /// Whether the bounds leave room for a row of the question.
  func mayHold(_ query: CandleQuery) -> Bool {
    guard mayHold("interval", query.interval), mayHold("symbol", query.symbol) else { return false }
    if let venue = query.venue, !mayHold("venue", venue) { return false }
    if let first, first >= query.range.upperBound { return false }
    if let last, last < query.range.lowerBound { return false }
    return true
  }

  private func mayHold(_ name: String, _ text: String) -> Bool {
    guard let bounds = texts[name] else { return true }
    if let lower = bounds.lower, text < lower { return false }
    if let upper = bounds.upper, text > upper { return false }
    return true
  }

  /// The only series the file holds, where its bounds tell that it is one.
  var series: SeriesKey? {
    guard let interval = single("interval"), let venue = single("venue"), let symbol = single("symbol") else { return nil }
    return SeriesKey(venue: venue, symbol: symbol, interval: interval)
  }

  private func single(_ name: String) -> String? {
    guard let bounds = texts[name], bounds.lower == bounds.upper else { return nil }
    return bounds.lower
  }

  /// Files in the order in which a question needs them; those of unknown bounds first.
  static func ordered(_ files: [HistoryFile], newest: Bool) -> [HistoryFile] {
    newest
      ? files.sorted { ($0.last ?? .max, $0.path) > ($1.last ?? .max, $1.path) }
      : files.sorted { ($0.first ?? .min, $0.path) < ($1.first ?? .min, $1.path) }
  }
}
