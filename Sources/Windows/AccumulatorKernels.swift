import Columns

/// The loops that add rows to windows: one per kind and lane, over a vector of slots.
///
/// `record` points at the accumulator's words in slot 0, `stride` words lie between slots, `slots[i]` belongs to row
/// `lower + i`. Rows that count nowhere have slot 0.
enum AccumulatorKernels {
  typealias Words = UnsafeMutablePointer<Int64>
  typealias Slots = UnsafePointer<Int32>

  @inline(__always)
  static func wide(_ words: Words) -> UnsafeMutablePointer<Int128> {
    UnsafeMutableRawPointer(words).assumingMemoryBound(to: Int128.self)
  }

  static func count(_ records: Words, _ stride: Int, _ slots: Slots, _ count: Int) {
    for i in 0..<count { records[Int(slots[i]) &* stride] &+= 1 }
  }

  static func sum(_ record: Words, _ stride: Int, _ slots: Slots, _ values: UnsafePointer<Int64>, _ count: Int) {
    for i in 0..<count { wide(record + Int(slots[i]) &* stride).pointee &+= Int128(values[i]) }
  }

  static func sum(_ record: Words, _ stride: Int, _ slots: Slots, _ values: UnsafePointer<Int128>, _ count: Int) {
    for i in 0..<count { wide(record + Int(slots[i]) &* stride).pointee &+= values[i] }
  }

  static func sum(_ record: Words, _ stride: Int, _ slots: Slots, _ values: UnsafePointer<Double>, _ count: Int) {
    for i in 0..<count {
      let word = record + Int(slots[i]) &* stride
      let held = Double(bitPattern: UInt64(bitPattern: word.pointee))
      word.pointee = Int64(bitPattern: (held + values[i]).bitPattern)
    }
  }

  static func minimum(_ record: Words, _ stride: Int, _ slots: Slots, _ values: UnsafePointer<Int64>, _ count: Int) {
    for i in 0..<count {
      let word = record + Int(slots[i]) &* stride
      if values[i] < word.pointee { word.pointee = values[i] }
    }
  }

  static func maximum(_ record: Words, _ stride: Int, _ slots: Slots, _ values: UnsafePointer<Int64>, _ count: Int) {
    for i in 0..<count {
      let word = record + Int(slots[i]) &* stride
      if values[i] > word.pointee { word.pointee = values[i] }
    }
  }

  static func extreme(
    _ record: Words, _ stride: Int, _ slots: Slots, _ values: UnsafePointer<Int128>, _ count: Int, maximum: Bool
  ) {
    for i in 0..<count {
      let held = wide(record + Int(slots[i]) &* stride)
      if maximum ? values[i] > held.pointee : values[i] < held.pointee { held.pointee = values[i] }
    }
  }

  /// MIN and MAX of strings, as codes of `dictionary`; -1 holds nothing yet.
  static func extreme(
    _ record: Words, _ stride: Int, _ slots: Slots, _ codes: UnsafePointer<Int64>, _ count: Int, maximum: Bool,
    dictionary: StringDictionary
  ) {
    for i in 0..<count where slots[i] != 0 {
      let word = record + Int(slots[i]) &* stride
      let (held, code) = (word.pointee, codes[i])
      if held == code { continue }
      if held >= 0 {
        let order = dictionary.withBytes(Int32(code)) { a in
          dictionary.withBytes(Int32(held)) { b in ByteOrder.compare(a, b) }
        }
        if maximum ? order <= 0 : order >= 0 { continue }
      }
      word.pointee = code
    }
  }

  /// Welford's update: count, mean, sum of squared deviations.
  static func welford(_ record: Words, _ stride: Int, _ slots: Slots, _ values: UnsafePointer<Double>, _ count: Int) {
    for i in 0..<count {
      let word = record + Int(slots[i]) &* stride
      word[0] &+= 1
      let mean = Double(bitPattern: UInt64(bitPattern: word[1]))
      let squares = Double(bitPattern: UInt64(bitPattern: word[2]))
      let delta = values[i] - mean
      let newMean = mean + delta / Double(word[0])
      word[1] = Int64(bitPattern: newMean.bitPattern)
      word[2] = Int64(bitPattern: (squares + delta * (values[i] - newMean)).bitPattern)
    }
  }

  static func squares(_ record: Words, _ stride: Int, _ slots: Slots, _ value: (Int) -> UInt128, _ count: Int) {
    for i in 0..<count {
      let held = wide(record + Int(slots[i]) &* stride)
      let magnitude = value(i)
      let sum = squareSum(held).adding(UInt256(product: magnitude, magnitude)).sum
      held[0] = Int128(bitPattern: sum.low)
      held[1] = Int128(bitPattern: sum.high)
    }
  }

  static func squareSum(_ held: UnsafePointer<Int128>) -> UInt256 {
    UInt256(high: UInt128(bitPattern: held[1]), low: UInt128(bitPattern: held[0]))
  }
}
