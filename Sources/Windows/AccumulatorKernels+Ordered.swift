/// Kernels that take a value by the order of other columns, or by arrival.
extension AccumulatorKernels {
  /// FIRST_BY and LAST_BY with two order words (event time and tie-break): the shape of a candle's open and close.
  ///
  /// The record holds the value, then the two order words. They start out at the sentinel, the worst possible order; `bits`
  /// tells a row with just that order from no row. A strict comparison keeps the earliest arrival on a tie.
  @inline(__always)
  static func ordered2(
    _ records: Words, _ offset: Int, _ valueWords: Int, _ bit: Int64, _ stride: Int, _ slots: Slots,
    _ first: UnsafePointer<Int64>, _ second: UnsafePointer<Int64>, _ count: Int, sentinel: Int64,
    better: (Int64, Int64) -> Bool, store: (Words, Int) -> Void
  ) {
    for i in 0..<count {
      let record = records + Int(slots[i]) &* stride
      let held = record + offset + valueWords
      let (a, b) = (first[i], second[i])
      if a == held[0] {
        if !better(b, held[1]) {
          if a != sentinel || b != sentinel || held[1] != sentinel || record[1] & bit != 0 { continue }
          record[1] |= bit
        }
      } else if !better(a, held[0]) {
        continue
      }
      held[0] = a
      held[1] = b
      store(record + offset, i)
    }
  }

  /// The same with any number of order words.
  static func orderedN(
    _ records: Words, _ offset: Int, _ valueWords: Int, _ bit: Int64, _ stride: Int, _ slots: Slots,
    _ orders: [[Int64]], _ rows: Range<Int>, sentinel: Int64, last: Bool, store: (Words, Int) -> Void
  ) {
    for row in rows {
      let record = records + Int(slots[row - rows.lowerBound]) &* stride
      let held = record + offset + valueWords
      var decided = 0
      var isSentinel = true
      for (k, order) in orders.enumerated() {
        isSentinel = isSentinel && order[row] == sentinel && held[k] == sentinel
        if decided == 0, order[row] != held[k] { decided = (order[row] > held[k]) == last ? 1 : -1 }
      }
      if decided < 0 { continue }
      if decided == 0 {
        if !isSentinel || record[1] & bit != 0 { continue }
        record[1] |= bit
      }
      for (k, order) in orders.enumerated() { held[k] = order[row] }
      store(record + offset, row - rows.lowerBound)
    }
  }

  /// EARLIEST_BY_OFFSET: the first row takes the record; the word behind the value says that it did.
  static func earliest(
    _ record: Words, _ valueWords: Int, _ stride: Int, _ slots: Slots, _ count: Int, store: (Words, Int) -> Void
  ) {
    for i in 0..<count {
      let word = record + Int(slots[i]) &* stride
      if word[valueWords] != 0 { continue }
      word[valueWords] = 1
      store(word, i)
    }
  }

  static func latest(_ record: Words, _ stride: Int, _ slots: Slots, _ count: Int, store: (Words, Int) -> Void) {
    for i in 0..<count { store(record + Int(slots[i]) &* stride, i) }
  }
}
