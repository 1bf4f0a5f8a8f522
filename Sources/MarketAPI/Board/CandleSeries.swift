/// The newest windows of one series, with what changed when. Pure.
struct CandleSeries: Sendable {
  struct Entry: Sendable {
    var candle: CandleRow
    /// The board's count of changes when this one was made.
    var sequence: Int64
  }

  /// By start.
  private(set) var entries: [Entry] = []
  /// The last changes, oldest first, so that who follows need not look at every window.
  private var log: [(sequence: Int64, start: Int64)] = []
  /// Changes up to this one are no longer in the log.
  private var forgotten: Int64 = 0
  /// The newest change among the windows that were dropped.
  private(set) var dropped: Int64 = 0
  private(set) var sequence: Int64 = 0

  private static let logLimit = 512

  private func index(_ start: Int64) -> Int {
    if let last = entries.last, last.candle.start < start { return entries.count }
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].candle.start < start { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Takes a window's candle in place of the one there was. False where it says nothing new: the same again, a lower revision,
  /// or a forming candle of a closed window.
  mutating func put(_ candle: CandleRow, sequence: Int64, capacity: Int) -> Bool {
    let index = index(candle.start)
    if index < entries.count, entries[index].candle.start == candle.start {
      let known = entries[index].candle
      guard known != candle, candle.isFinal || !known.isFinal, candle.revision >= known.revision else { return false }
      entries[index] = Entry(candle: candle, sequence: sequence)
    } else {
      // Windows before those that were dropped are the lake's.
      guard index > 0 || dropped == 0 else { return false }
      entries.insert(Entry(candle: candle, sequence: sequence), at: index)
    }
    self.sequence = sequence
    log.append((sequence, candle.start))
    if log.count > Self.logLimit {
      forgotten = log[Self.logLimit / 2 - 1].sequence
      log.removeFirst(Self.logLimit / 2)
    }
    // A quarter at a time, so that dropping costs little per window.
    if entries.count > capacity + capacity / 4 { drop(entries.count - capacity) }
    return true
  }

  private mutating func drop(_ count: Int) {
    for entry in entries.prefix(count) { dropped = max(dropped, entry.sequence) }
    entries.removeFirst(count)
  }

  /// The start of the oldest window held.
  var floor: Int64? { entries.first?.candle.start }

  /// The windows that changed after `sequence`, by start.
  func changes(after sequence: Int64) -> [CandleRow] {
    guard self.sequence > sequence else { return [] }
    guard sequence >= forgotten else { return entries.filter { $0.sequence > sequence }.map(\.candle) }
    let starts = Set(log.reversed().prefix { $0.sequence > sequence }.map(\.start))
    return starts.sorted().compactMap { start in
      let index = index(start)
      return index < entries.count && entries[index].candle.start == start ? entries[index].candle : nil
    }
  }

  /// Windows that start in `range`: the first `limit` of them, or the last.
  func candles(in range: Range<Int64>, limit: Int, newest: Bool) -> [CandleRow] {
    let slice = entries[index(range.lowerBound)..<max(index(range.lowerBound), index(range.upperBound))]
    return (newest ? slice.suffix(limit) : slice.prefix(limit)).map(\.candle)
  }

  /// The newest windows, oldest first.
  func newest(_ limit: Int) -> [CandleRow] { entries.suffix(limit).map(\.candle) }
}
