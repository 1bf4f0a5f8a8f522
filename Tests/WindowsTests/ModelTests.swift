import Columns
import SQL
import TestSupport
import Testing
import Windows

/// The engine against the naive model, on streams with disorder, duplicates, bursts, silence, NULLs and extremes.
@Suite struct ModelTests {
  static let aggregates =
    Trades.candle + [
      Trades.call(.sum, [Trades.id], .bigint), Trades.call(.count, [Trades.price], .bigint),
      Trades.call(.min, [Trades.side], .string), Trades.call(.max, [Trades.side], .string),
      Trades.call(.earliestByOffset, [Trades.side], .string), Trades.call(.latestByOffset, [Trades.side], .string),
      Trades.call(.sum, [Trades.value], .double), Trades.call(.min, [Trades.value], .double),
    ]

  enum Flavour: CaseIterable { case plain, nulls, extremes, manyKeys }

  static func rows(_ count: Int, _ flavour: Flavour, _ rng: inout SeededGenerator) -> [Row] {
    var rows: [Row] = []
    var now: Int64 = Bool.random(using: &rng) ? 0 : 1_723_161_255_000_000
    for i in 0..<count {
      switch Int.random(in: 0..<100, using: &rng) {
      case 0..<60: now += Int64.random(in: 0...20_000, using: &rng)
      case 60..<62: now += Int64.random(in: 0...30_000_000, using: &rng)
      case 62: now += 600_000_000
      default: break
      }
      if i > 0, Int.random(in: 0..<12, using: &rng) == 0, let copy = rows.randomElement(using: &rng) {
        var again = Bool.random(using: &rng) ? copy : rows[i - 1]
        again.offset = Int64(i)
        rows.append(again)
        continue
      }
      let back = Int.random(in: 0..<4, using: &rng) == 0 ? Int64.random(in: 0...5_000_000, using: &rng) : 0
      var row = Row(
        venue: ["binance", "coinbase"].randomElement(using: &rng), symbol: symbol(flavour, &rng),
        id: Int64(i) + Int64.random(in: -2...2, using: &rng), price: Int64.random(in: 1...9_999, using: &rng) * 100_000_000,
        quantity: Int128(Int64.random(in: 1...1_000_000_000, using: &rng)),
        side: ["BUY", "SELL", "UNKNOWN"].randomElement(using: &rng), time: max(0, now - back),
        value: Double(Int.random(in: -1000...1000, using: &rng)) / 8, timestamp: now, offset: Int64(i))
      if flavour == .nulls { addNulls(&row, now, &rng) }
      if flavour == .extremes { makeExtreme(&row, &rng) }
      rows.append(row)
    }
    return rows
  }

  private static func symbol(_ flavour: Flavour, _ rng: inout SeededGenerator) -> String {
    flavour == .manyKeys
      ? "S\(Int.random(in: 0..<3000, using: &rng))" : ["BTC-USDT", "ETH-USDT", "A\u{0}B", ""].randomElement(using: &rng) ?? ""
  }

  private static func addNulls(_ row: inout Row, _ now: Int64, _ rng: inout SeededGenerator) {
    switch Int.random(in: 0..<24, using: &rng) {
    case 0: row.venue = nil
    case 1: row.symbol = nil
    case 2, 3: row.price = nil
    case 4, 5: row.quantity = nil
    case 6, 7: row.side = nil
    case 8: row.time = nil
    case 9: row.time = -1
    case 10: row.id = nil
    case 11: row.value = nil
    case 12: row.time = now + 90_000_000
    case 13: row.time = .max
    default: break
    }
  }

  private static func makeExtreme(_ row: inout Row, _ rng: inout SeededGenerator) {
    let big = Int128("9999999999999999999999999999")!
    switch Int.random(in: 0..<30, using: &rng) {
    case 0: row.id = .max
    case 1: row.id = .min
    case 2: row.quantity = big
    case 3: row.quantity = -big
    case 4: (row.price, row.quantity) = (999_999_999_999_999_999, big)
    case 5: (row.price, row.quantity) = (9_999_999_999, big)
    case 6: (row.price, row.quantity) = (-9_999_999_999, big)
    case 7: row.id = .max / 2
    case 8: (row.id, row.time) = (.max, row.time)
    default: break
    }
  }

  @Test(arguments: Flavour.allCases)
  func `the engine agrees with the model in rows, late records and counts`(_ flavour: Flavour) throws {
    var rng = SeededGenerator.forTest("model \(flavour)")
    for round in 0..<24 {
      let size: Int64 = [1_000_000, 60_000_000, 250_000, 7_000_000].randomElement(using: &rng) ?? 1_000_000
      let advance: Int64 = round % 3 == 2 ? [size / 2, size / 4, size * 2 / 3].randomElement(using: &rng) ?? size : size
      let grace: Int64 = [0, 100_000, 10_000_000].randomElement(using: &rng) ?? 0
      let isChanges = round % 4 == 3
      let minimumPrice: Int64? = round % 2 == 0 ? nil : 2_000 * 100_000_000
      let retention = Int64(Bool.random(using: &rng) ? 40_000_000 : 400_000_000)
      let source = Trades.source(deduplicate: round % 2 == 1 ? [0, 1, 2] : [], skew: 60_000_000)
      let filter = minimumPrice.map {
        Expression.call(.greater, [Trades.price, .literal(.decimal(unscaled: Int128($0), scale: 8), Trades.priceType)], .boolean)
      }
      let having = Expression.call(.greaterOrEqual, [.aggregate(7, .bigint), .literal(.integer(2), .bigint)], .boolean)
      let plan = Trades.plan(
        size: size, advance: advance, grace: grace, aggregates: Self.aggregates, filter: filter,
        having: round % 3 == 0 ? having : nil, emit: isChanges ? .changes : .final, source: source)
      let model = NaiveModel(
        size: size, advance: advance, grace: grace, emitsChanges: isChanges, minimumPrice: minimumPrice,
        minimumCount: round % 3 == 0 ? 2 : 0, deduplicates: round % 2 == 1, retention: retention, skew: 60_000_000)
      let harness = try Harness(plan, retention: retention)
      try Self.drive(harness, model, Self.rows(1_500, flavour, &rng), &rng)
      Self.compare(harness, model)
    }
  }

  /// Random batches; emission, checkpoint or restart at random points between them.
  static func drive(
    _ harness: Harness, _ model: NaiveModel, _ rows: [Row], _ rng: inout SeededGenerator
  ) throws {
    var position = 0
    while position < rows.count {
      let size = [1, 1, 3, 9, 17, 40, 90, 400].randomElement(using: &rng) ?? 1
      let batch = Array(rows[position..<min(rows.count, position + size)])
      try harness.process(batch)
      batch.forEach(model.process)
      position += batch.count
      switch Int.random(in: 0..<8, using: &rng) {
      case 0, 1:
        harness.emit()
        model.emit()
      case 2 where size > 3: try harness.restart()
      case 3: harness.checkpoint()
      default: break
      }
    }
    harness.finish()
    model.finish()
  }

  static func compare(_ harness: Harness, _ model: NaiveModel, closes: Bool = true) {
    let differing = zip(harness.emitted, model.emitted).first { $0 != $1 }
    #expect(differing?.0 == differing?.1)
    #expect(harness.emitted.count == model.emitted.count)
    #expect(harness.late == model.late)
    #expect(harness.failed == model.failed)
    #expect(harness.nullKeys == model.nullKeys)
    #expect(harness.rejected == model.rejected)
    #expect(harness.counters == model.counters)
    #expect(harness.counters.isBalanced)
    #expect(harness.sourceCounters.isBalanced)
    #expect(harness.engine.totals == model.counters)
    #expect(harness.engine.openWindows == 0)
    guard closes else { return }
    harness.checkpoint()
    #expect(harness.state.keys.filter { $0.first == UInt8(ascii: "w") }.isEmpty)
  }
}
