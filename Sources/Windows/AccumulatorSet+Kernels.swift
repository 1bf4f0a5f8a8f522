import Columns

// Picks the loop for an accumulator's kind and lane, once per chunk of rows.
extension AccumulatorSet {
  func run(_ i: Int, _ records: Words, _ slots: UnsafePointer<Int32>, _ rows: Range<Int>) {
    let accumulator = layout.accumulators[i]
    switch accumulator.kind {
    case .first, .last, .earliest, .latest: runOrdered(i, accumulator, records, slots, rows)
    default: runSum(i, accumulator, records + layout.offsets[i], slots, rows)
    }
  }

  private func runSum(
    _ i: Int, _ accumulator: Accumulator, _ record: Words, _ slots: UnsafePointer<Int32>, _ rows: Range<Int>
  ) {
    let (stride, at, count) = (layout.stride, rows.lowerBound, rows.count)
    inputs[i].narrow.withUnsafeBufferPointer { narrow in
      inputs[i].wide.withUnsafeBufferPointer { wide in
        inputs[i].real.withUnsafeBufferPointer { real in
          let narrow = narrow.baseAddress.map { $0 + at }
          let wide = wide.baseAddress.map { $0 + at }
          switch accumulator.kind {
          case .sum:
            if inputs[i].wide.isEmpty {
              if let narrow { AccumulatorKernels.sum(record, stride, slots, narrow, count) }
            } else if let wide {
              AccumulatorKernels.sum(record, stride, slots, wide, count)
            }
          case .sumDouble:
            if let real = real.baseAddress { AccumulatorKernels.sum(record, stride, slots, real + at, count) }
          case .welford:
            if let real = real.baseAddress { AccumulatorKernels.welford(record, stride, slots, real + at, count) }
          case .squares:
            if inputs[i].wide.isEmpty {
              if let narrow { AccumulatorKernels.squares(record, stride, slots, { UInt128(narrow[$0].magnitude) }, count) }
            } else if let wide {
              AccumulatorKernels.squares(record, stride, slots, { wide[$0].magnitude }, count)
            }
          default: runExtreme(accumulator, record, slots, inputs[i].wide.isEmpty ? narrow : nil, wide, count)
          }
        }
      }
    }
  }

  private func runExtreme(
    _ accumulator: Accumulator, _ record: Words, _ slots: UnsafePointer<Int32>, _ narrow: UnsafePointer<Int64>?,
    _ wide: UnsafePointer<Int128>?, _ count: Int
  ) {
    let isMaximum = accumulator.kind == .maximum
    if let narrow, accumulator.form == .text {
      AccumulatorKernels.extreme(
        record, layout.stride, slots, narrow, count, maximum: isMaximum, dictionary: dictionary)
    } else if let narrow {
      if isMaximum {
        AccumulatorKernels.maximum(record, layout.stride, slots, narrow, count)
      } else {
        AccumulatorKernels.minimum(record, layout.stride, slots, narrow, count)
      }
    } else if let wide {
      AccumulatorKernels.extreme(record, layout.stride, slots, wide, count, maximum: isMaximum)
    }
  }

  private func runOrdered(
    _ i: Int, _ accumulator: Accumulator, _ records: Words, _ slots: UnsafePointer<Int32>, _ rows: Range<Int>
  ) {
    if accumulator.form == .wide {
      inputs[i].wide.withUnsafeBufferPointer { values in
        guard let values = values.baseAddress.map({ $0 + rows.lowerBound }) else { return }
        dispatch(i, accumulator, records, slots, rows, valueWords: 2) { word, row in
          AccumulatorKernels.wide(word).pointee = values[row]
        }
      }
    } else {
      inputs[i].narrow.withUnsafeBufferPointer { values in
        guard let values = values.baseAddress.map({ $0 + rows.lowerBound }) else { return }
        dispatch(i, accumulator, records, slots, rows, valueWords: 1) { word, row in word.pointee = values[row] }
      }
    }
  }

  @inline(__always)
  private func dispatch(
    _ i: Int, _ accumulator: Accumulator, _ records: Words, _ slots: UnsafePointer<Int32>, _ rows: Range<Int>,
    valueWords: Int, store: (Words, Int) -> Void
  ) {
    let (offset, stride, bit, orders) = (layout.offsets[i], layout.stride, Int64(1) << Int64(i), inputs[i].orders)
    let isLast = accumulator.kind == .last
    switch accumulator.kind {
    case .earliest:
      AccumulatorKernels.earliest(records + offset, valueWords, stride, slots, rows.count, store: store)
    case .latest: AccumulatorKernels.latest(records + offset, stride, slots, rows.count, store: store)
    case _ where orders.count == 2:
      orders[0].withUnsafeBufferPointer { first in
        orders[1].withUnsafeBufferPointer { second in
          guard let first = first.baseAddress, let second = second.baseAddress else { return }
          let (a, b) = (first + rows.lowerBound, second + rows.lowerBound)
          if isLast {
            AccumulatorKernels.ordered2(
              records, offset, valueWords, bit, stride, slots, a, b, rows.count, sentinel: .min,
              better: { $0 > $1 }, store: store)
          } else {
            AccumulatorKernels.ordered2(
              records, offset, valueWords, bit, stride, slots, a, b, rows.count, sentinel: .max,
              better: { $0 < $1 }, store: store)
          }
        }
      }
    default:
      AccumulatorKernels.orderedN(
        records, offset, valueWords, bit, stride, slots, orders, rows, sentinel: isLast ? .min : .max, last: isLast,
        store: store)
    }
  }
}
