import Columns
import SQL
import TestSupport
import Testing

@testable import Windows

/// Bringing parts of a window together gives the window of all their rows, in any split and any order.
@Suite struct MergeTests {
  private static func call(
    _ function: AggregateFunction, _ arguments: [Expression], _ type: SQLType, _ parameters: [Literal] = []
  ) -> AggregateCall {
    AggregateCall(function: function, arguments: arguments, parameters: parameters, type: type)
  }

  /// Everything that is exact, so that the stored bytes of both windows are the same.
  static let exact: [AggregateCall] =
    Trades.candle + [
      call(.varianceSample, [Trades.price], .double), call(.average, [Trades.id], .double),
      call(.min, [Trades.side], .string), call(.max, [Trades.side], .string), call(.max, [Trades.quantity], Trades.quantityType),
      call(.min, [Trades.value], .double), call(.earliestByOffset, [Trades.side], .string),
      call(.latestByOffset, [Trades.price], Trades.priceType), call(.firstBy, [Trades.side, Trades.value], .string),
      call(.lastBy, [Trades.value, Trades.quantity], .double), call(.lastBy, [Trades.id, Trades.side], .bigint),
      call(.collectList, [Trades.side], .array(.string)), call(.collectSet, [Trades.price], .array(Trades.priceType)),
      call(.topK, [Trades.price], .array(Trades.priceType), [.integer(3)]),
      call(.topKDistinct, [Trades.id], .array(.bigint), [.integer(3)]), call(.countDistinct, [Trades.id], .bigint),
      call(.histogram, [Trades.side], .map(.string, .bigint)), call(.attribute, [Trades.venue], .string),
      call(.correlation, [Trades.price, Trades.quantity], .double),
      call(.realizedVolatility, [Trades.price, Trades.time, Trades.id], .double),
      call(.earliestByOffset, [Trades.id], .array(.bigint), [.integer(3), .boolean(false)]),
      call(.latestByOffset, [Trades.id], .array(.bigint), [.integer(3)]),
      call(.latestByOffset, [Trades.id], .bigint, [.boolean(false)]),
    ]

  static let rounded: [AggregateCall] = [
    call(.sum, [Trades.value], .double), call(.average, [Trades.value], .double),
    call(.varianceSample, [Trades.value], .double), call(.correlation, [Trades.value, Trades.price], .double),
  ]

  private func rows(_ count: Int, _ rng: inout SeededGenerator) -> [Row] {
    (0..<count).map { i in
      Row(
        id: Int.random(in: 0..<9, using: &rng) == 0 ? nil : Int64.random(in: -3...12, using: &rng),
        price: Int.random(in: 0..<5, using: &rng) == 0 ? nil : Int64.random(in: 1...40, using: &rng),
        quantity: Int.random(in: 0..<5, using: &rng) == 0 ? nil : Int128.random(in: -(1 << 80)...(1 << 80), using: &rng),
        side: ["a", "bb", "", nil].randomElement(using: &rng) ?? nil, time: Int64.random(in: 0..<7, using: &rng),
        value: Int.random(in: 0..<9, using: &rng) == 0 ? nil : Double(Int.random(in: -99...99, using: &rng)) / 4,
        offset: Int64(i))
    }
  }

  /// The results and the stored bytes of all rows in one window, and of the same rows split, each part stored and restored,
  /// and brought together in a random order.
  private func compare(
    _ calls: [AggregateCall], _ rows: [Row], parts: Int, _ rng: inout SeededGenerator
  ) throws -> (whole: [String], merged: [String], isSame: Bool) {
    let stage = try SourceStage(source: Trades.source(), retention: 0)
    let layout = try AggregateLayout(calls, stage.graph, needsTime: true, isMergeable: true)
    var store = WindowStore(
      stride: layout.stride, initial: AccumulatorSet.initialRecord(layout), nullWidth: layout.nullGroups.count)
    var set = AccumulatorSet(layout, dictionary: StringDictionary(), chunk: QueryEngine.chunk)
    let slots = (0..<(parts + 2)).map { store.open(Int32($0), 0, next: 0) }
    let staged = try stage.process(Decoder().batch(rows), offsets: rows.map(\.offset), timestamps: rows.map(\.timestamp))
    set.begin(stage.graph, staged)
    for row in rows.indices {
      for slot in [slots[0], slots[Int.random(in: 2..<(parts + 2), using: &rng)]] {
        withUnsafePointer(to: slot) { set.add(row..<(row + 1), $0, &store) }
      }
    }
    for part in slots[2...].shuffled(using: &rng) { #expect(set.merge(part, into: slots[1], &store)) }
    func results(_ slot: Int32, _ set: borrowing AccumulatorSet, _ store: borrowing WindowStore) -> [String] {
      calls.indices.map { set.results($0, [slot], store).text(0, calls[$0].type) }
    }
    func words(_ slot: Int32, _ store: borrowing WindowStore) -> [Int64] {
      (0..<layout.stride).map { store.words[Int(slot) * layout.stride + $0] }
        + (0..<store.nullWidth).map { store.nullCount(slot, $0) }
    }
    var (whole, merged) = (StateWriter(), StateWriter())
    set.encodeCollectors(slots[0], &whole)
    set.encodeCollectors(slots[1], &merged)
    let isSame = whole.bytes == merged.bytes && words(slots[0], store) == words(slots[1], store)
    return (results(slots[0], set, store), results(slots[1], set, store), isSame)
  }

  @Test func `exact aggregates of any split are those of the whole, to the byte`() throws {
    var rng = SeededGenerator.forTest("merge exact")
    for round in 0..<60 {
      let rows = rows([0, 1, 2, 7, 60].randomElement(using: &rng) ?? 0, &rng)
      let found = try compare(Self.exact, rows, parts: 1 + round % 5, &rng)
      #expect(found.whole == found.merged)
      #expect(found.isSame)
    }
  }

  @Test func `rounded aggregates of any split are close to those of the whole`() throws {
    var rng = SeededGenerator.forTest("merge rounded")
    for round in 0..<40 {
      let found = try compare(Self.rounded, rows(40, &rng), parts: 1 + round % 5, &rng)
      for (a, b) in zip(found.whole, found.merged) {
        let (x, y) = (Double(a) ?? -1, Double(b) ?? -2)
        #expect(a == b || abs(x - y) <= 1e-9 * max(1, abs(x)))
      }
    }
  }

  @Test func `sums that together leave their type are not brought together`() throws {
    let stage = try SourceStage(source: Trades.source(), retention: 0)
    let layout = try AggregateLayout([Trades.call(.sum, [Trades.id], .bigint)], stage.graph, isMergeable: true)
    var store = WindowStore(
      stride: layout.stride, initial: AccumulatorSet.initialRecord(layout), nullWidth: layout.nullGroups.count)
    var set = AccumulatorSet(layout, dictionary: StringDictionary(), chunk: QueryEngine.chunk)
    let slots = (0..<2).map { store.open(Int32($0), 0, next: 0) }
    let staged = try stage.process(
      Decoder().batch([Row(id: .max), Row(id: 1)]), offsets: [0, 1], timestamps: [0, 0])
    set.begin(stage.graph, staged)
    for row in 0..<2 { withUnsafePointer(to: slots[row]) { set.add(row..<(row + 1), $0, &store) } }
    #expect(!set.merge(slots[1], into: slots[0], &store))
    #expect(set.results(0, [slots[0]], store).text(0) == "\(Int64.max)")
  }
}
