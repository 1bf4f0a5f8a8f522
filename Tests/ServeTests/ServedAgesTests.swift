import MarketAPI
import Testing

@testable import Serve

@Suite struct `Ages of served candles` {
  private let minute = SeriesKey(venue: "binance", symbol: "BTC-USDT", interval: "1m")
  private let hour = SeriesKey(venue: "binance", symbol: "BTC-USDT", interval: "1h")

  @Test func `a newer trade counts once, an older one and the same again do not`() {
    var ages = ServedAges()
    #expect(ages.age(of: 1000, in: minute, now: 1300) == 300)
    #expect(ages.age(of: 1000, in: minute, now: 1400) == nil)
    #expect(ages.age(of: 900, in: minute, now: 1400) == nil)
    #expect(ages.age(of: 1001, in: minute, now: 1400) == 399)
    #expect(ages.age(of: 1000, in: hour, now: 9000) == 8000)
  }

  @Test func `history tells nothing, also when it is read again, and what came meanwhile does`() {
    var ages = ServedAges()
    for time in [1000, 2000, 3000] as [Int64] { #expect(ages.age(of: time, in: minute, now: nil) == nil) }
    for time in [1000, 2000, 3000] as [Int64] { #expect(ages.age(of: time, in: minute, now: 90_000) == nil) }
    #expect(ages.age(of: 4000, in: minute, now: 90_000) == 86_000)
  }

  @Test func `a closed candle counts where nothing of its window was shown before`() {
    var ages = ServedAges()
    // The newest trade it can hold is of the last millisecond.
    #expect(ages.age(of: 59_999, in: minute, closing: 0, now: 71_000) == 11_001)
    #expect(ages.age(of: 119_999, in: minute, closing: 60_000, now: 131_000) == 11_001)
    // Trades of the next one are shown while it is forming.
    #expect(ages.age(of: 121_000, in: minute, now: 121_100) == 100)
    #expect(ages.age(of: 179_999, in: minute, closing: 120_000, now: 191_000) == nil)
    #expect(ages.age(of: 239_999, in: minute, closing: 180_000, now: 251_000) == 11_001)
  }

  @Test func `clocks that disagree give no time before zero, and series are bounded`() {
    var ages = ServedAges()
    #expect(ages.age(of: 5000, in: minute, now: 4000) == 0)
    for number in 0..<ServedAges.seriesLimit {
      _ = ages.age(of: 1, in: SeriesKey(venue: "v", symbol: "\(number)", interval: "1m"), now: 1)
    }
    #expect(ages.age(of: 1, in: hour, now: 1) == nil)
    #expect(ages.age(of: 6000, in: minute, now: 6001) == 1)
  }
}
