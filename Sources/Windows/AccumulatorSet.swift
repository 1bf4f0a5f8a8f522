import Columns
import SQL

/// The accumulators of one query over the records of its windows: adds rows, guards against overflow, reads results.
struct AccumulatorSet: ~Copyable {
  typealias Words = UnsafeMutablePointer<Int64>

  let layout: AggregateLayout
  let dictionary: StringDictionary
  private var preparer: InputPreparer
  private(set) var inputs: [AccumulatorInput] = []
  /// Rows that some aggregate cannot compute; nil when there are none.
  private(set) var failures: [Bool]?
  /// Null flags per null group of the layout.
  private var nullFlags: [[Bool]?] = []
  /// No sum of any window is larger than this in magnitude.
  private var bounds: [Double]
  private let masked: UnsafeMutablePointer<Int32>
  let chunk: Int

  init(_ layout: AggregateLayout, dictionary: StringDictionary, chunk: Int) {
    self.layout = layout
    self.dictionary = dictionary
    self.chunk = chunk
    preparer = InputPreparer(dictionary: dictionary)
    bounds = [Double](repeating: 0, count: layout.accumulators.count)
    masked = .allocate(capacity: chunk)
  }

  deinit { masked.deallocate() }

  /// The words of an empty record.
  static func initialRecord(_ layout: AggregateLayout) -> [Int64] {
    var record = [Int64](repeating: 0, count: layout.stride)
    for (accumulator, offset) in zip(layout.accumulators, layout.offsets) {
      let value = accumulator.form == .wide ? 2 : 1
      switch (accumulator.kind, accumulator.form) {
      case (.minimum, .wide): (record[offset], record[offset + 1]) = (-1, .max)
      case (.maximum, .wide): (record[offset], record[offset + 1]) = (0, .min)
      case (.minimum, .text), (.maximum, .text): record[offset] = -1
      case (.minimum, _): record[offset] = .max
      case (.maximum, _): record[offset] = .min
      case (.first, _): for k in 0..<accumulator.orderWords { record[offset + value + k] = .max }
      case (.last, _): for k in 0..<accumulator.orderWords { record[offset + value + k] = .min }
      default: break
      }
    }
    return record
  }

  /// Takes the graph's current batch.
  mutating func begin(_ graph: ExpressionGraph) {
    failures = RowFlags.failed(layout.nodes.sorted().map { graph.value($0) }, graph.rowCount)
    nullFlags = layout.nullGroups.map { nodes in RowFlags.valid(nodes.map { graph.value($0) }, graph.rowCount) }
    inputs.removeAll(keepingCapacity: true)
    for (i, accumulator) in layout.accumulators.enumerated() {
      inputs.append(preparer.prepare(accumulator, nulls: layout.nullGroups[layout.nullIndex[i]], graph))
    }
  }

  mutating func end() {
    inputs.removeAll(keepingCapacity: true)
    nullFlags = []
    failures = nil
  }

  /// Whether no row of the batch can fail, so that rows need no check of their own.
  ///
  /// A window's sums grow by at most rows × largest value; only when that bound reaches a limit are the open windows
  /// looked at, and only when the true sums are near it do rows go one at a time.
  mutating func isSafe(_ graph: ExpressionGraph, _ store: borrowing WindowStore) -> Bool {
    var isSafe = failures == nil
    for i in layout.accumulators.indices {
      guard let limit = Self.limit(layout.accumulators[i]) else { continue }
      let growth = growth(i, graph)
      if isSafe, bounds[i] + growth >= limit {
        bounds[i] = largest(i, store)
        isSafe = bounds[i] + growth < limit
      }
      // Rows are added either way, so the bound grows either way.
      bounds[i] = (bounds[i] + growth).nextUp
    }
    return isSafe
  }

  private func growth(_ i: Int, _ graph: ExpressionGraph) -> Double {
    let magnitude = graph.magnitude(layout.accumulators[i].argument)
    let rows = Double(graph.rowCount)
    if case .squares = layout.accumulators[i].kind { return rows * magnitude * magnitude }
    return rows * magnitude
  }

  /// A little under the true limit, for the rounding of the bounds themselves.
  private static func limit(_ accumulator: Accumulator) -> Double? {
    switch accumulator.kind {
    case .sum(let limit): Double(limit) * 0.999
    case .squares: 0x1p255
    default: nil
    }
  }

  private func largest(_ i: Int, _ store: borrowing WindowStore) -> Double {
    var largest = 0.0
    for slot in 1..<store.starts.count where store.flags[slot].contains(.open) {
      let held = AccumulatorKernels.wide(store.words + slot * layout.stride + layout.offsets[i])
      if case .squares = layout.accumulators[i].kind {
        let sum = AccumulatorKernels.squareSum(held)
        largest = Swift.max(largest, Double(sum.high) * 0x1p128 + Double(sum.low))
      } else {
        largest = Swift.max(largest, Double(held.pointee.magnitude))
      }
    }
    return largest * 1.0000001
  }

  /// Forgets the bounds, as when stored windows have been put back.
  mutating func forgetBounds() {
    for i in bounds.indices { bounds[i] = .infinity }
  }

  /// Whether row `row` can be added to `slot` with every sum staying within its limit.
  func canAdd(_ row: Int, _ slot: Int32, _ store: borrowing WindowStore) -> Bool {
    for (i, accumulator) in layout.accumulators.enumerated() {
      let input = inputs[i]
      if let valid = input.valid, !valid[row] { continue }
      let held = AccumulatorKernels.wide(store.words + Int(slot) * layout.stride + layout.offsets[i])
      let value = input.wide.isEmpty ? (input.narrow.isEmpty ? 0 : Int128(input.narrow[row])) : input.wide[row]
      switch accumulator.kind {
      case .sum(let limit):
        let (sum, overflow) = held.pointee.addingReportingOverflow(value)
        // Two's complement holds one more negative value, and SUM of BIGINT may reach it.
        if overflow || sum.magnitude > limit || (sum.magnitude == limit && !(sum < 0 && limit == 1 << 63)) { return false }
      case .squares:
        let square = UInt256(product: value.magnitude, value.magnitude)
        if AccumulatorKernels.squareSum(held).adding(square).overflow { return false }
      default: break
      }
    }
    return true
  }

  /// Adds rows `rows` to their slots. Nothing is checked: see `isSafe` and `canAdd`.
  mutating func add(_ rows: Range<Int>, _ slots: UnsafePointer<Int32>, _ store: inout WindowStore) {
    for (index, flags) in nullFlags.enumerated() {
      if let flags { store.countNulls(flags, slots, rows.lowerBound, rows.upperBound, index: index) }
    }
    let records = store.words
    AccumulatorKernels.count(records, layout.stride, slots, rows.count)
    for i in layout.accumulators.indices {
      var effective = slots
      if let valid = inputs[i].valid {
        for row in rows { masked[row - rows.lowerBound] = valid[row] ? slots[row - rows.lowerBound] : 0 }
        effective = UnsafePointer(masked)
      }
      run(i, records, effective, rows)
    }
  }

  private func run(_ i: Int, _ records: Words, _ slots: UnsafePointer<Int32>, _ rows: Range<Int>) {
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
