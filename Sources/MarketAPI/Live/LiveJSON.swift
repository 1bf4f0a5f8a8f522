import JSON

/// Events as JSON: the same on an event stream and on a WebSocket.
enum LiveJSON {
  static func event(_ event: Follower.Event) -> (name: String, data: JSONValue) {
    switch event {
    case .snapshot(let candles): ("snapshot", ["candles": AnswerJSON.candles(candles)])
    case .candles(let candles): ("candles", ["candles": AnswerJSON.candles(candles)])
    case .late(let trades): ("late", ["late": .array(trades.map(AnswerJSON.late))])
    }
  }

  static func status(_ state: MarketState, now: Int64) -> JSONValue {
    let rates = state.change { $0.rates(now: now) }
    let members = AnswerJSON.stats(state.stats, rates, now: now).filter { $0.name != "topics" }
    return .object(
      members + [
        .init("holds", .bool(state.read { $0.audit.holds })), .init("ready", .bool(state.reasons.isEmpty)),
        .init("time", .int(now)),
      ])
  }
}
