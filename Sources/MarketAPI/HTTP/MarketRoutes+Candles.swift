import HTTPTypes
import Hummingbird
import JSON
import NIOCore

extension MarketRoutes {
  static let candleParameters = ["symbol", "venue", "interval", "from", "to", "limit", "cursor", "format"]

  func candles(_ request: Request) async throws -> Response {
    let parameters = try Self.parameters(request, Self.candleParameters)
    let format = try AnswerFormat.wanted(format: parameters.text("format"), accept: request.headers[.accept])
    let (query, question) = try Self.query(parameters)
    let live = state.read { ($0.candles(query), $0.floor(query)) }
    var (found, end): ([NamedCandle], Int64?) = (live.0, nil)
    if let history = configuration.history, Self.needsHistory(query, live.0, floor: live.1) || !state.reasons.isEmpty {
      let past = try await gate.run { try history.candles(query) }
      found =
        HistoryAnswer(query.join(live: live.0, history: past.candles), end: past.end).certain(newest: query.isNewest).candles
      end = past.end
    }
    let page = query.page(found, end: end)
    return Self.answer(page.candles, page.next?.text(for: question), format, request)
  }

  /// Where the windows in memory begin before the range, or fill the answer, the lake has nothing to add.
  static func needsHistory(_ query: CandleQuery, _ live: [NamedCandle], floor: Int64?) -> Bool {
    guard let floor else { return true }
    return query.isNewest ? live.count <= query.limit : query.range.lowerBound < floor
  }

  static func query(_ parameters: QueryParameters) throws(Problem) -> (CandleQuery, question: String) {
    let symbol = try parameters.required("symbol", "BTC-USDT")
    let interval = try parameters.required("interval", "1m")
    guard IntervalName.milliseconds(interval) != nil else {
      throw Problem(400, "interval is a number and a unit, such as 1s, 5m, 1h or 1d.")
    }
    let venue = parameters.text("venue")
    let from = try parameters.time("from")
    let to = try parameters.time("to")
    guard from ?? .min < to ?? .max else { throw Problem(400, "from is not before to, which is the first instant left out.") }
    let question = [symbol, interval, venue ?? "", "\(to ?? .max)"].joined(separator: "\u{0}")
    var cursor: CandleCursor?
    if let text = parameters.text("cursor") {
      guard let one = CandleCursor(text, for: question) else {
        throw Problem(400, "The cursor is none of this question; ask again without it.")
      }
      cursor = one
    }
    let start = cursor?.start ?? from
    let query = CandleQuery(
      symbol: symbol, interval: interval, venue: venue,
      range: min(start ?? TimeText.range.lowerBound, to ?? .max)..<(to ?? TimeText.range.upperBound),
      limit: try parameters.integer("limit", default: 500, in: 1...5000), isNewest: start == nil, after: cursor)
    return (query, question)
  }

  private static func answer(
    _ candles: [NamedCandle], _ next: String?, _ format: AnswerFormat, _ request: Request
  ) -> Response {
    switch format {
    case .json:
      let body: JSONValue = ["candles": AnswerJSON.candles(candles), "next": next.map { .string($0) } ?? .null]
      return tagged(body.utf8, "application/json", request)
    case .csv:
      var response = tagged(Array(AnswerCSV.text(candles).utf8), "text/csv; charset=utf-8; header=present", request)
      if let next, let name = HTTPField.Name("X-Next-Cursor") { response.headers[name] = next }
      return response
    }
  }

  func symbols(_ request: Request) async throws -> Response {
    _ = try Self.parameters(request, [])
    let keys = try await series.keys(state.read { $0.keys }, configuration.history)
    return Self.tagged(AnswerJSON.symbols(keys).utf8, "application/json", request)
  }

  func late(_ request: Request) async throws -> Response {
    let limit = try Self.parameters(request, ["limit"]).integer("limit", default: 100, in: 1...1000)
    let trades = state.read { $0.late(limit: limit) }
    return Self.json(["late": .array(trades.map(AnswerJSON.late))])
  }

  func stats(_ request: Request) async throws -> Response {
    _ = try Self.parameters(request, [])
    let now = configuration.now()
    let rates = state.change { $0.rates(now: now) }
    return Self.json(.object(AnswerJSON.stats(state.stats, rates, now: now)))
  }

  func audit(_ request: Request) async throws -> Response {
    _ = try Self.parameters(request, [])
    return Self.json(AnswerJSON.audit(state.read { $0.audit.all }))
  }
}
