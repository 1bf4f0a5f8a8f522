import TestSupport

/// One trade of the generated input, and how it is written to the source topic: fixed widths, big-endian.
struct SimulatedTrade: Equatable {
  var venue: UInt8 = 0
  /// Nil is NULL: the record belongs to no group.
  var symbol: UInt16?
  var id: Int64 = 0
  var price: Int64 = 0
  var quantity: Int64 = 0
  /// Microseconds since the epoch.
  var time: Int64 = 0

  var bytes: [UInt8] {
    var bytes: [UInt8] = [symbol == nil ? 1 : 0, venue]
    func add<T: FixedWidthInteger>(_ value: T) {
      for shift in stride(from: T.bitWidth - 8, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }
    add(symbol ?? 0)
    for value in [id, price, quantity, time] { add(value) }
    return bytes
  }

  init() {}

  /// Nil for bytes that are no trade.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == 36 else { return nil }
    func read(_ start: Int, _ count: Int) -> Int64 {
      var value: UInt64 = 0
      for index in start..<(start + count) { value = value << 8 | UInt64(bytes[index]) }
      return Int64(bitPattern: value)
    }
    venue = bytes[1]
    symbol = bytes[0] == 1 ? nil : UInt16(truncatingIfNeeded: read(2, 2))
    (id, price, quantity, time) = (read(4, 8), read(12, 8), read(20, 8), read(28, 8))
  }
}

/// Makes input that is hard on windows: duplicates, disorder, silence, bursts, many keys, jumps of event time, broken records.
struct Workload {
  let keys: Int
  /// Microseconds by which records lag at random.
  let disorder: Int64
  let duplicates: Double
  let broken: Double
  let jumps: Double
  /// Of the latest trade, microseconds since the epoch.
  private(set) var time: Int64
  private var nextID: Int64 = 1
  private var recent: [[SimulatedTrade]]

  init(_ random: inout SeededGenerator, startMs: Int64, partitions: Int) {
    keys = [1, 3, 12, 2000, 5000].randomElement(using: &random) ?? 3
    disorder = [0, 1_000_000, 4_000_000, 30_000_000].randomElement(using: &random) ?? 0
    duplicates = [0, 0.1, 0.4].randomElement(using: &random) ?? 0
    broken = [0, 0.05, 0.2].randomElement(using: &random) ?? 0
    jumps = [0, 0.02, 0.1].randomElement(using: &random) ?? 0
    time = startMs * 1000
    recent = Array(repeating: [], count: partitions)
  }

  /// The next record for a partition: a trade's bytes, or some that are no trade.
  mutating func next(_ partition: Int, _ random: inout SeededGenerator) -> [UInt8] {
    if chance(broken / 4, &random) { return [7] }
    if !recent[partition].isEmpty, chance(duplicates, &random) {
      return (recent[partition].randomElement(using: &random) ?? SimulatedTrade()).bytes
    }
    time += Int64.random(in: 0...900_000, using: &random)
    // Silence, then life goes on; at times for longer than everything is remembered.
    if chance(jumps, &random) { time += [7, 25, 90].randomElement(using: &random).map { $0 * 1_000_000 } ?? 0 }
    var trade = SimulatedTrade()
    trade.venue = UInt8.random(in: 0...1, using: &random)
    trade.symbol = UInt16.random(in: 0..<UInt16(keys), using: &random)
    trade.id = chance(0.9, &random) ? nextID : nextID + Int64.random(in: 0...50, using: &random)
    nextID = max(nextID, trade.id) + 1
    trade.price = Int64.random(in: 1...1_000_000_000, using: &random)
    trade.quantity = Int64.random(in: 0...1_000_000_000_000, using: &random)
    trade.time = time - (disorder > 0 && chance(0.4, &random) ? Int64.random(in: 0...disorder, using: &random) : 0)
    if chance(broken, &random) { spoil(&trade, &random) }
    recent[partition].append(trade)
    if recent[partition].count > 40 { recent[partition].removeFirst() }
    return trade.bytes
  }

  private func spoil(_ trade: inout SimulatedTrade, _ random: inout SeededGenerator) {
    switch Int.random(in: 0...3, using: &random) {
    case 0: trade.symbol = nil
    case 1: trade.time = -5
    case 2: trade.time = .max
    default: trade.time += 3_600_000_000
    }
  }
}

func chance(_ probability: Double, _ random: inout SeededGenerator) -> Bool {
  probability > 0 && Double.random(in: 0..<1, using: &random) < probability
}
