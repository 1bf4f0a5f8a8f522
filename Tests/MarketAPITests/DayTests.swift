import Market
import TestSupport
import Testing

@testable import MarketAPI

/// A tab of a browser that is left open, on a clock that is told what time it is.
@Suite struct `A tab left open for a day` {
  private struct Window: Hashable {
    var series: SeriesKey
    var start: Int64
  }

  /// What the tab holds.
  private struct Tab {
    var windows: [Window: CandleRow] = [:]
    var late: [Int64] = []
    var snapshots = 0
    var statuses = 0

    mutating func take(_ event: Follower.Event) {
      switch event {
      case .snapshot(let candles), .candles(let candles):
        if case .snapshot = event { snapshots += 1 }
        for one in candles { windows[Window(series: one.series, start: one.candle.start)] = one.candle }
      case .late(let trades): late += trades.map(\.time)
      }
    }
  }

  private let keys = ["BTC-USDT", "ETH-USDT"].map { SeriesKey(venue: "v", symbol: $0, interval: "1m") }

  /// Two seconds of a market: the window that forms changes, closes at its end, and at times an older one is revised.
  private func change(_ board: inout MarketBoard, _ second: Int64, _ random: inout SeededGenerator) {
    for key in keys {
      let minute = second / 60
      board.put(CandleMaker.candle(minute, price: Int128(second), isFinal: false), to: key)
      if second % 60 == 58 { board.put(CandleMaker.candle(minute, price: Int128(second)), to: key) }
      if Int.random(in: 0..<300, using: &random) == 0, minute > 30 {
        let old = minute - Int64.random(in: 1...30, using: &random)
        board.put(CandleMaker.candle(old, price: Int128(second), revision: Int32(second)), to: key)
      }
    }
    if second % 14 == 0 {
      let place = RecordPlace(topic: "late", partition: 0, offset: second)
      board.add(LateTrade(time: second, reason: "late"), from: place, now: second * 1000)
    }
  }

  @Test func `holds every window of it as it is, through every lost connection, and the server nothing of it`() throws {
    var random = SeededGenerator.forTest("a day")
    var bounds = MarketBoard.Bounds()
    bounds.windows = 600
    var board = MarketBoard(bounds)
    var tab = Tab()
    var truth: [Window: CandleRow] = [:]
    var (feed, position): (LiveFeed?, Int64?) = (nil, nil)
    var offlineUntil: Int64 = 0
    var largest = 0
    for second in stride(from: Int64(0), to: 86_400, by: 2) {
      change(&board, second, &random)
      if second % 60 == 58 {
        for one in board.snapshot(keys, windows: 32) { truth[Window(series: one.series, start: one.candle.start)] = one.candle }
      }
      if Int.random(in: 0..<1_800, using: &random) == 0 {
        // The network goes, for up to ten minutes; the server has forgotten the tab when it comes back.
        (feed, offlineUntil) = (nil, second + Int64.random(in: 0...600, using: &random))
      }
      // At midnight it is there.
      guard second >= offlineUntil || second == 86_398 else { continue }
      if feed == nil {
        feed = LiveFeed(snapshotWindows: 300)
        feed?.follow("", LiveQuestion(wantsLate: true, every: 300, position: position), now: second * 1000)
      }
      while let told = feed?.next(board, now: second * 1000) {
        switch told {
        case .event(let event, _, let seen):
          tab.take(event)
          position = seen
        case .status: tab.statuses += 1
        }
      }
      largest = max(largest, feed?.held ?? 0)
    }
    board.put(CandleMaker.candle(1_440), to: keys[0])
    while case .event(let event, _, _)? = feed?.next(board, now: 86_400_000) { tab.take(event) }
    truth[Window(series: keys[0], start: 86_400_000)] = CandleMaker.candle(1_440)
    #expect(largest == keys.count)
    #expect(truth.count == 2 * 1_440 + 1)
    for (window, candle) in truth { #expect(tab.windows[window] == candle, "\(window)") }
    #expect(tab.windows.count == truth.count)
    // Once, at the beginning: whoever was away for minutes misses nothing that has to be told anew.
    #expect(tab.snapshots == 1)
    #expect(Set(tab.late) == Set((0..<86_400).filter { $0 % 14 == 0 }) && tab.late.count == Set(tab.late).count)
    #expect(tab.statuses > 30_000 && tab.statuses <= 43_200 + 100)
    // The board is bounded as well, whatever the day was like.
    #expect(keys.allSatisfy { board.snapshot([$0], windows: .max).count <= 600 * 5 / 4 })
    #expect(board.late(limit: .max).count <= board.bounds.late * 5 / 4)
  }
}
