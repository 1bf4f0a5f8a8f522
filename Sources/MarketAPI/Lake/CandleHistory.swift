/// Candles of the past. Calls block.
public protocol CandleHistory: Sendable {
  /// The windows that the question asks for, as `CandleQuery.cut` leaves them.
  func candles(_ query: CandleQuery) throws -> HistoryAnswer
  /// What there are candles of, as far as it is known.
  func series() throws -> Set<SeriesKey>
}

/// What the past has to say to a question.
public struct HistoryAnswer: Hashable, Sendable {
  public var candles: [NamedCandle]
  /// Where reading stopped because it was too much: from this start on, or of the newest windows up to it, nothing is certain.
  public var end: Int64?

  public init(_ candles: [NamedCandle], end: Int64? = nil) {
    self.candles = candles
    self.end = end
  }

  /// The part that is certain.
  public func certain(newest: Bool) -> HistoryAnswer {
    guard let end else { return self }
    return HistoryAnswer(candles.filter { newest ? $0.candle.start > end : $0.candle.start < end }, end: end)
  }
}
