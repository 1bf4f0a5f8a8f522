import Market
import TestSupport
import Testing

@testable import MarketAPI

@Suite struct `Candles that are still forming` {
  private func trade(_ id: Int64, _ second: Int64, _ price: Int128, _ quantity: Int128 = 100) -> TradePoint {
    TradePoint(
      venue: "binance", symbol: "BTC-USDT", id: id, time: second * 1_000_000, price: FixedDecimal(unscaled: price, scale: 2),
      quantity: FixedDecimal(unscaled: quantity, scale: 2))
  }

  private func windows(completeFrom: Int64 = .min) -> FormingWindows {
    FormingWindows(intervals: [("1m", 60_000), ("1h", 3_600_000)], completeFrom: completeFrom)
  }

  @Test func `are what their trades make in any order, each trade once`() throws {
    var random = SeededGenerator.forTest("forming")
    let trades = [
      trade(1, 3600, 500, 150), trade(2, 3600, 700), trade(3, 3630, 400), trade(4, 3659, 600, 50), trade(5, 3660, 900),
    ]
    for _ in 0..<50 {
      var windows = windows()
      for trade in (trades + trades).shuffled(using: &random) { windows.add(trade) }
      let changes = windows.takeChanges()
      #expect(changes.count == 3 && windows.takeChanges().isEmpty)
      let minute = try #require(changes.first { $0.series.interval == "1m" && $0.candle.start == 3_600_000 }).candle
      #expect([minute.open, minute.high, minute.low, minute.close].map(\.description) == ["5", "7", "4", "6"])
      #expect(minute.volume.description == "4" && minute.quoteVolume.description == "21.5" && minute.trades == 4)
      // 21.5 / 4 = 5.375, and 375 lies within the four digits of the quote.
      #expect(minute.vwap?.description == "5.375" && !minute.isFinal && minute.end == 3_660_000)
      let hour = try #require(changes.first { $0.series.interval == "1h" }).candle
      #expect(hour.trades == 5 && hour.close.description == "9")
      let newest = windows.newest(of: changes)
      #expect(Dictionary(uniqueKeysWithValues: newest.map { ($0.key.interval, $0.value) }) == ["1m": 3_660_000, "1h": 3_660_000])
      #expect(windows.newest(of: []).isEmpty)
    }
  }

  @Test func `show no window whose beginning was not read, and no more than the newest`() {
    var windows = windows(completeFrom: 3_601_000_000)
    windows.add(trade(1, 3601, 5))
    #expect(windows.takeChanges().isEmpty)
    for minute in 1...20 { windows.add(trade(Int64(minute + 1), 3600 + Int64(minute) * 60, 5)) }
    let starts = windows.takeChanges().map(\.candle.start).sorted()
    #expect(starts == (17...20).map { 3_600_000 + Int64($0) * 60_000 })
    windows.add(trade(100, 3660, 5))
    #expect(windows.takeChanges().isEmpty)
  }

  @Test func `give way to the query's candle`() {
    var board = MarketBoard()
    board.put(CandleMaker.candle(1, price: 1, isFinal: false), to: CandleMaker.key)
    board.put(CandleMaker.candle(1, price: 2, isFinal: false), to: CandleMaker.key)
    #expect(board.candles(CandleMaker.query()).map(\.candle.isFinal) == [false])
    board.put(CandleMaker.candle(1, price: 3), to: CandleMaker.key)
    board.put(CandleMaker.candle(1, price: 4, isFinal: false), to: CandleMaker.key)
    #expect(board.candles(CandleMaker.query()).map { "\($0.candle.close) \($0.candle.isFinal)" } == ["3 true"])
  }
}
