import Columns
import SQL
import Values

extension AccumulatorSet {
  /// The value of aggregate `index` for each of `slots`.
  func results(_ index: Int, _ slots: [Int32], _ store: borrowing WindowStore) -> Column {
    let (output, type) = layout.outputs[index]
    if let values = plain(output, type, slots, store) {
      return Column(name: "AGGREGATE_\(index)", type: type.columnType, values: values)
    }
    if case .collected(let collector) = output {
      return collected.column(collector, slots, type, dictionary, "AGGREGATE_\(index)")
    }
    var builder = ColumnBuilder(type, dictionary: dictionary)
    for slot in slots { append(output, slot, store, &builder) }
    return builder.column(named: "AGGREGATE_\(index)")
  }

  /// The common case as one loop: a word or a pair of words per window, and no NULL anywhere.
  private func plain(
    _ output: AggregateLayout.Output, _ type: SQLType, _ slots: [Int32], _ store: borrowing WindowStore
  ) -> ColumnValues? {
    let (words, stride, lane) = (store.words, layout.stride, type.columnType.lane)
    switch output {
    case .countAll: return .int64(slots.map { words[Int($0) * stride] })
    case .sum(let i, let present), .value(let i, let present):
      guard slots.allSatisfy({ words[Int($0) * stride] > store.nullCount($0, present) }) else { return nil }
      let at = layout.offsets[i]
      if layout.accumulators[i].valueWords == 2 {
        let wide = slots.map { AccumulatorKernels.wide(words + Int($0) * stride + at).pointee }
        return lane == .int128 ? .int128(wide) : .int64(wide.map { Int64(truncatingIfNeeded: $0) })
      }
      return layout.accumulators[i].form == .narrow && lane == .int64
        ? .int64(slots.map { words[Int($0) * stride + at] }) : nil
    default: return nil
    }
  }

  private func append(
    _ output: AggregateLayout.Output, _ slot: Int32, _ store: borrowing WindowStore, _ builder: inout ColumnBuilder
  ) {
    let record = store.words + Int(slot) * layout.stride
    func present(_ index: Int) -> Int64 { record[0] - store.nullCount(slot, index) }
    switch output {
    case .countAll: builder.append(int64: record[0])
    case .count(let index): builder.append(int64: present(index))
    case .sum(let i, let index):
      if present(index) == 0 { builder.appendNull() } else { builder.append(int128: sum(record, i)) }
    case .value(let i, let index):
      if present(index) == 0 { builder.appendNull() } else { appendValue(record, i, &builder) }
    case .average(let i, let index, let scale):
      let count = present(index)
      if count == 0 {
        builder.appendNull()
      } else {
        builder.append(double: ExactStatistics.mean(sum(record, i), count, scale: scale))
      }
    case .averageDouble(let i, let index):
      let count = present(index)
      if count == 0 { builder.appendNull() } else { builder.append(double: double(record, i, 0) / Double(count)) }
    case .vwap(let weighted, let weight, let scale, _):
      let value = ExactQuotient.roundedHalfEven(sum(record, weighted), shiftedBy: 16 - scale, by: sum(record, weight))
      if let value { builder.append(int128: value) } else { builder.appendNull() }
    case .variance(let i, let squares, let index, let scale, let root):
      guard let value = variance(record, i, squares, present(index), scale) else { return builder.appendNull() }
      builder.append(double: root ? value.squareRoot() : value)
    case .varianceDouble(let i, let root):
      let count = record[layout.offsets[i]]
      guard count > 1 else { return builder.appendNull() }
      let value = Swift.max(0, double(record, i, 2)) / Double(count - 1)
      builder.append(double: root ? value.squareRoot() : value)
    case .collected: builder.appendNull()
    }
  }

  private func sum(_ record: Words, _ i: Int) -> Int128 {
    AccumulatorKernels.wide(record + layout.offsets[i]).pointee
  }

  private func double(_ record: Words, _ i: Int, _ word: Int) -> Double {
    Double(bitPattern: UInt64(bitPattern: record[layout.offsets[i] + word]))
  }

  private func appendValue(_ record: Words, _ i: Int, _ builder: inout ColumnBuilder) {
    let accumulator = layout.accumulators[i]
    let word = record[layout.offsets[i]]
    switch (accumulator.form, accumulator.kind) {
    case (.wide, _): builder.append(int128: sum(record, i))
    case (.text, _): builder.append(code: Int32(truncatingIfNeeded: word))
    case (.real, .minimum), (.real, .maximum): builder.append(double: SortableDouble.decode(word))
    case (.real, _): builder.append(double: Double(bitPattern: UInt64(bitPattern: word)))
    case (.narrow, _): builder.appendNarrow(word)
    }
  }

  private func variance(_ record: Words, _ i: Int, _ squares: Int, _ count: Int64, _ scale: Int) -> Double? {
    let squareSum = AccumulatorKernels.squareSum(AccumulatorKernels.wide(record + layout.offsets[squares]))
    return ExactStatistics.variance(sum(record, i), squareSum, count, scale: scale)
  }
}

extension UInt64 {
  var wide: UInt128 { UInt128(self) }
}
