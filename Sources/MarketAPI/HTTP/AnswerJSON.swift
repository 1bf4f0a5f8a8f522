import JSON
import Market

/// What is served, as JSON: decimals as texts, times in milliseconds.
enum AnswerJSON {
  static func candle(_ one: NamedCandle) -> JSONValue {
    let candle = one.candle
    return [
      "venue": .string(one.series.venue), "symbol": .string(one.series.symbol), "interval": .string(one.series.interval),
      "start": .int(candle.start), "end": .int(candle.end), "open": decimal(candle.open), "high": decimal(candle.high),
      "low": decimal(candle.low), "close": decimal(candle.close), "volume": decimal(candle.volume),
      "quote_volume": decimal(candle.quoteVolume), "vwap": candle.vwap.map(decimal) ?? .null, "trades": .int(candle.trades),
      "final": .bool(candle.isFinal), "revision": .int(candle.revision),
    ]
  }

  static func candles(_ candles: [NamedCandle]) -> JSONValue { .array(candles.map(candle)) }

  private static func decimal(_ value: FixedDecimal) -> JSONValue { .string(value.description) }

  private static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

  private static func optional(_ number: Int64?) -> JSONValue { number.map { .int($0) } ?? .null }

  static func late(_ trade: LateTrade) -> JSONValue {
    [
      "time": .int(trade.time), "venue": optional(trade.venue), "symbol": optional(trade.symbol),
      "trade_id": optional(trade.tradeID), "price": optional(trade.price), "quantity": optional(trade.quantity),
      "reason": .string(trade.reason), "lateness_ms": optional(trade.lateness), "query": optional(trade.query),
    ]
  }

  /// Series by venue and symbol, with their intervals from the shortest.
  static func symbols(_ keys: [SeriesKey]) -> JSONValue {
    var intervals: [SeriesKey: [String]] = [:]
    for key in keys { intervals[SeriesKey(venue: key.venue, symbol: key.symbol, interval: ""), default: []].append(key.interval) }
    let symbols = intervals.sorted { $0.key < $1.key }.map { key, names -> JSONValue in
      let sorted = names.sorted { (IntervalName.milliseconds($0) ?? 0, $0) < (IntervalName.milliseconds($1) ?? 0, $1) }
      return [
        "venue": .string(key.venue), "symbol": .string(key.symbol), "intervals": .array(sorted.map { .string($0) }),
      ]
    }
    return ["symbols": .array(symbols)]
  }

  static func stats(_ stats: MarketStats, _ rates: MarketStats.Rates, now: Int64) -> [JSONValue.Member] {
    let queries = stats.queries.map { query -> JSONValue in
      [
        "id": .string(query.id), "state": .string(query.state), "lag": .int(query.lag), "stream_time": optional(query.streamTime),
        "freshness_ms": optional(query.streamTime.map { max(0, now - $0) }), "last_commit": optional(query.lastCommit),
      ]
    }
    let topics = stats.topics.map { topic -> JSONValue in
      let partitions = topic.partitions.map { one -> JSONValue in
        ["partition": .int(one.partition), "end": .int(one.end), "lag": .int(one.lag)]
      }
      return ["name": .string(topic.name), "partitions": .array(partitions)]
    }
    return [
      .init("queries", .array(queries)), .init("topics", .array(topics)),
      .init(
        "rates",
        [
          "trades_per_second": number(rates.tradesPerSecond), "candles_per_second": number(rates.candlesPerSecond),
          "late_per_minute": number(rates.latePerMinute), "errors_per_minute": number(rates.errorsPerMinute),
        ]),
    ]
  }

  private static func number(_ value: Double) -> JSONValue { .number("\(value)") }

  static func audit(_ rows: [AuditLedger.Row]) -> JSONValue {
    let list = rows.map { row -> JSONValue in
      [
        "query": .string(row.query), "input": .int(row.input), "in_windows": .int(row.inWindows), "late": .int(row.late),
        "duplicate": .int(row.duplicate), "invalid": .int(row.invalid), "filtered": .int(row.filtered),
        "holds": .bool(row.holds),
      ]
    }
    return ["holds": .bool(rows.allSatisfy(\.holds)), "rows": .array(list)]
  }
}

/// Candles as RFC 4180 has them.
enum AnswerCSV {
  static let header =
    "venue,symbol,interval,start,end,open,high,low,close,volume,quote_volume,vwap,trades,final,revision\r\n"

  static func text(_ candles: [NamedCandle]) -> String {
    header
      + candles.map { one in
        let candle = one.candle
        let fields = [
          field(one.series.venue), field(one.series.symbol), field(one.series.interval), "\(candle.start)", "\(candle.end)",
          candle.open.description, candle.high.description, candle.low.description, candle.close.description,
          candle.volume.description, candle.quoteVolume.description, candle.vwap?.description ?? "", "\(candle.trades)",
          "\(candle.isFinal)", "\(candle.revision)",
        ]
        return fields.joined(separator: ",") + "\r\n"
      }.joined()
  }

  private static func field(_ text: String) -> String {
    guard text.utf8.contains(where: { [0x22, 0x2c, 0x0a, 0x0d].contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
