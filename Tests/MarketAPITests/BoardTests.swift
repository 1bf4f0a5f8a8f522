import Market
import TestSupport
import Testing

@testable import MarketAPI

@Suite struct `What the board keeps` {
  private func board(_ minutes: some Sequence<Int64>, windows: Int = 5000) -> MarketBoard {
    var bounds = MarketBoard.Bounds()
    bounds.windows = windows
    var board = MarketBoard(bounds)
    for minute in minutes { board.put(CandleMaker.candle(minute), to: CandleMaker.key) }
    return board
  }

  private let all = [CandleMaker.key]

  @Test func `windows in any order are held by their start, each once, and one more than asked tells that there are more`() {
    var random = SeededGenerator.forTest("board")
    let board = board(((0..<200).map { $0 } + (50..<60).map { $0 }).shuffled(using: &random))
    #expect(board.candles(CandleMaker.query()).minutes == Array(0..<200))
    #expect(board.candles(CandleMaker.query(limit: 3)).minutes == [196, 197, 198, 199])
    #expect(board.candles(CandleMaker.query(from: 10, to: 13)).minutes == [10, 11, 12])
    #expect(board.candles(CandleMaker.query(from: 10, limit: 2)).minutes == [10, 11, 12])
    #expect(board.candles(CandleMaker.query(from: 300)).isEmpty)
    #expect(board.floor(CandleMaker.query()) == 0)
  }

  @Test func `a window is replaced by what is newer, and by nothing else`() {
    var board = board(0..<2)
    let before = board.sequence
    board.put(CandleMaker.candle(1), to: CandleMaker.key)
    board.put(CandleMaker.candle(1, price: 7, isFinal: false), to: CandleMaker.key)
    #expect(board.sequence == before)
    board.put(CandleMaker.candle(1, price: 8, revision: 1), to: CandleMaker.key)
    board.put(CandleMaker.candle(1, price: 9, revision: 0), to: CandleMaker.key)
    #expect(board.sequence == before + 1)
    #expect(board.candles(CandleMaker.query()).map(\.candle.revision) == [0, 1])
    #expect(board.candles(CandleMaker.query()).last?.candle.close.description == "8")
  }

  @Test func `who has seen some changes gets those after them, the last of each window`() throws {
    var random = SeededGenerator.forTest("changes")
    var board = board(0..<20)
    var model: [(sequence: Int64, minute: Int64, price: Int128)] = []
    var seen: [Int64] = [board.sequence]
    for step in 1...2000 {
      let minute = Int64.random(in: 0..<20, using: &random)
      board.put(CandleMaker.candle(minute, price: Int128(step), revision: Int32(step)), to: CandleMaker.key)
      model.append((board.sequence, minute, Int128(step)))
      if step % 37 == 0 { seen.append(board.sequence) }
    }
    for cursor in seen {
      var expected: [Int64: String] = [:]
      for change in model where change.sequence > cursor { expected[change.minute] = "\(change.price)" }
      let changes = try #require(board.changes(after: cursor, all))
      #expect(changes.minutes == expected.keys.sorted())
      for one in changes { #expect(one.candle.close.description == expected[one.candle.start / 60_000]) }
    }
    #expect(board.changes(after: board.sequence, all) == [])
    #expect(board.changes(after: board.sequence + 1, all) == nil)
  }

  @Test func `memory is bounded, and who missed what was dropped needs a snapshot`() throws {
    let board = board(0..<1000, windows: 100)
    let held = board.candles(CandleMaker.query()).minutes
    #expect(held.count >= 100 && held.count <= 125 && held.last == 999)
    #expect(board.changes(after: 10, all) == nil)
    #expect(board.changes(after: 990, all)?.minutes == Array(990..<1000))
    var many = MarketBoard()
    for number in 0..<5000 {
      many.put(CandleMaker.candle(1), to: SeriesKey(venue: "v", symbol: "S\(number)", interval: "1m"))
    }
    #expect(many.seriesCount == many.bounds.series)
  }

  @Test func `late trades come newest first, each once however often its topic is read`() {
    var board = MarketBoard()
    func add(_ offset: Int64) {
      board.add(
        LateTrade(time: offset, reason: offset % 2 == 0 ? "late" : "bad_time"),
        from: RecordPlace(topic: "l", partition: 0, offset: offset), now: 5_000)
    }
    for offset in 0..<10 { add(Int64(offset)) }
    for offset in 0..<11 { add(Int64(offset)) }
    #expect(board.late(limit: 3).map(\.time) == [10, 9, 8])
    #expect(board.late(after: board.sequence - 2).map(\.time) == [10, 9])
    #expect(board.rates(now: 5_500).latePerMinute == 6)
    #expect(board.rates(now: 5_500).errorsPerMinute == 5)
    #expect(board.rates(now: 65_000).latePerMinute == 0)
  }
}

@Suite struct `What the audit rows say together` {
  private func entry(
    _ from: Int64, _ to: Int64, input: Int64? = nil, windows: Int64? = nil, late: Int64 = 0, query: String = "q"
  ) -> AuditEntry {
    AuditEntry(
      application: "wick", query: query, topic: "t", partition: 0, from: from, to: to, input: input ?? to - from,
      inWindows: windows ?? to - from - late, filtered: 0, late: late, duplicate: 0, invalid: 0, streamTime: to, committedAt: 7)
  }

  @Test func `rows that join and add up hold`() {
    var ledger = AuditLedger()
    ledger.add(entry(3, 10, late: 2))
    ledger.add(entry(10, 10))
    ledger.add(entry(10, 15, input: 4, windows: 4))
    #expect(ledger.holds)
    let row = ledger.row(application: "wick", query: "q")
    #expect(row?.input == 11 && row?.inWindows == 9 && row?.late == 2 && row?.next == ["t": [0: 15]])
  }

  @Test(arguments: [(10, 12, 1), (9, 12, 3), (11, 12, 1)] as [(Int64, Int64, Int64)])
  func `a row that does not add up, a stretch read twice and one left out are violations`(from: Int64, to: Int64, windows: Int64)
  {
    var ledger = AuditLedger()
    ledger.add(entry(0, 10))
    ledger.add(entry(0, 10, query: "other"))
    ledger.add(entry(from, to, windows: windows))
    #expect(!ledger.holds)
    #expect(ledger.all.map(\.holds) == [true, false])
  }
}
