import Columns
import SQL

/// The columns of one accumulator for one batch, in the form its kernel loops over. Only the lanes it needs are filled.
struct AccumulatorInput {
  var narrow: [Int64] = []
  var wide: [Int128] = []
  var real: [Double] = []
  /// Order columns as signed words, compared from the first to the last.
  var orders: [[Int64]] = []
  /// False where the row does not count for this accumulator.
  var valid: [Bool]?
}

/// Brings a batch's vectors into the form of accumulators and translates strings into the engine's own dictionary, whose
/// codes outlive the decoder's.
struct InputPreparer {
  let dictionary: StringDictionary
  private var source: StringDictionary?
  private var translation: [Int32] = []

  init(dictionary: StringDictionary) { self.dictionary = dictionary }

  mutating func prepare(
    _ accumulator: Accumulator, nulls: [Int], _ graph: ExpressionGraph, times: [Int64]
  ) -> AccumulatorInput {
    var input = AccumulatorInput()
    if accumulator.argument == Accumulator.eventTime {
      input.narrow = times
      return input
    }
    let count = graph.rowCount
    input.valid = RowFlags.valid(nulls.map { graph.value($0) }, count)
    let value = graph.value(accumulator.argument)
    switch accumulator.kind {
    case .sum, .squares:
      if case .int128(let v) = value.values {
        input.wide = spread(v, value, count)
      } else {
        input.narrow = spread(value.int64s, value, count)
      }
    case .sumDouble, .welford: input.real = spread(value.doubles, value, count)
    case .minimum, .maximum:
      if accumulator.form == .real {
        input.narrow = spread(value.doubles.map { SortableDouble.encode($0) }, value, count)
      } else {
        fill(&input, value, accumulator.form, count)
      }
    default: fill(&input, value, accumulator.form, count)
    }
    for order in accumulator.orders { input.orders += orderWords(graph.value(order), count) }
    return input
  }

  private mutating func fill(
    _ input: inout AccumulatorInput, _ value: Vector, _ form: Accumulator.Form, _ count: Int
  ) {
    switch form {
    case .narrow: input.narrow = spread(value.int64s, value, count)
    case .wide: input.wide = spread(value.int128s, value, count)
    case .real: input.narrow = spread(value.doubles.map { Int64(bitPattern: $0.bitPattern) }, value, count)
    case .text: input.narrow = spread(codes(value), value, count)
    }
  }

  private func orderWords(_ value: Vector, _ count: Int) -> [[Int64]] {
    switch value.values {
    case .int128(let v):
      let high = v.map { Int64(truncatingIfNeeded: $0 >> 64) }
      let low = v.map { Int64(bitPattern: UInt64(truncatingIfNeeded: $0) ^ 1 << 63) }
      return [spread(high, value, count), spread(low, value, count)]
    case .double(let v): return [spread(v.map { SortableDouble.encode($0) }, value, count)]
    default: return [spread(value.int64s, value, count)]
    }
  }

  private func spread<T>(_ values: [T], _ vector: Vector, _ count: Int) -> [T] {
    guard vector.isConstant, let value = values.first else { return values }
    return [T](repeating: value, count: count)
  }

  private mutating func codes(_ value: Vector) -> [Int64] {
    guard case .codes(let codes, let source) = value.values else { return [] }
    if self.source !== source {
      self.source = source
      translation = []
    }
    // The source only ever grows, so what is translated stays.
    for code in translation.count..<Swift.max(translation.count, source.count) {
      translation.append(source.withBytes(Int32(code)) { dictionary.code(of: $0) })
    }
    return codes.map { Int64(translation[Int($0)]) }
  }
}
