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
  /// The state of aggregates that is more than words.
  var collected: CollectorSet
  private let masked: UnsafeMutablePointer<Int32>
  let chunk: Int

  init(_ layout: AggregateLayout, dictionary: StringDictionary, chunk: Int) {
    self.layout = layout
    self.dictionary = dictionary
    self.chunk = chunk
    preparer = InputPreparer(dictionary: dictionary)
    bounds = [Double](repeating: 0, count: layout.accumulators.count)
    collected = CollectorSet(layout.collectors)
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
  mutating func begin(_ graph: ExpressionGraph, _ staged: StagedBatch) {
    failures = RowFlags.failed(layout.nodes.sorted().map { graph.value($0) }, graph.rowCount)
    nullFlags = layout.nullGroups.map { nodes in RowFlags.valid(nodes.map { graph.value($0) }, graph.rowCount) }
    inputs.removeAll(keepingCapacity: true)
    for (i, accumulator) in layout.accumulators.enumerated() {
      inputs.append(preparer.prepare(accumulator, nulls: layout.nullGroups[layout.nullIndex[i]], graph, times: staged.eventTimes))
    }
    collected.begin(graph, staged)
  }

  mutating func end() {
    collected.end()
    inputs.removeAll(keepingCapacity: true)
    nullFlags = []
    failures = nil
  }

  /// Whether no row of the batch can fail, so that rows need no check of their own.
  ///
  /// A window's sums grow by at most rows × largest value; only when that bound reaches a limit are the open windows
  /// looked at, and only when the true sums are near it do rows go one at a time.
  mutating func isSafe(_ graph: ExpressionGraph, _ store: borrowing WindowStore) -> Bool {
    var isSafe = failures == nil && layout.collectors.isEmpty
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
    // Windows that can be brought together count as one.
    func take(_ sum: Double) { largest = layout.isMergeable ? largest + sum : Swift.max(largest, sum) }
    for slot in 1..<store.starts.count where store.flags[slot].contains(.open) {
      let held = AccumulatorKernels.wide(store.words + slot * layout.stride + layout.offsets[i])
      if case .squares = layout.accumulators[i].kind {
        let sum = AccumulatorKernels.squareSum(held)
        take(Double(sum.high) * 0x1p128 + Double(sum.low))
      } else {
        take(Double(held.pointee.magnitude))
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
    return layout.collectors.isEmpty || collected.canAdd(row, slot)
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
    if !layout.collectors.isEmpty { collected.add(rows, slots) }
  }
}
