import Columns
import SQL
import Synchronization

/// The windows of one query: finds each row's window and adds the row to it.
///
/// Two passes over a chunk of rows: the first gives every row the slot of its window (or slot 0), the second runs one loop
/// per accumulator over that vector of slots.
final class WindowedAggregation {
  let plan: AggregationPlan
  let rule: WindowRule
  let groups: GroupIndex
  let layout: AggregateLayout
  let output: WindowOutput
  let dictionary = StringDictionary()
  // Never accessed by two at once: one thread, and no calls out. The checks would be a cost per new window.
  @exclusivity(unchecked) var store: WindowStore
  @exclusivity(unchecked) var accumulators: AccumulatorSet
  @exclusivity(unchecked) var ends = EndHeap()
  /// Changed slots, each once; a slot whose flag is gone is passed over.
  @exclusivity(unchecked) var dirty: [Int32] = []
  @exclusivity(unchecked) var touched: [Int32] = []
  /// Tombstones of closed windows.
  var removed: [StateEntry] = []
  /// A hash (FNV-1a) of what gives stored words their meaning: windows, groups and aggregates.
  let fingerprint: UInt64
  private let graph: ExpressionGraph
  @exclusivity(unchecked) private var cache: WindowCache
  private let slots: UnsafeMutablePointer<Int32>

  init(_ plan: QueryPlan, _ aggregation: AggregationPlan, _ stage: SourceStage) throws(WindowsError) {
    self.plan = aggregation
    graph = stage.graph
    rule = try WindowRule(aggregation.window)
    fingerprint = Self.fingerprint(aggregation, rule)
    groups = try stage.groupIndex(aggregation.groupBy)
    layout = try AggregateLayout(aggregation.aggregates, stage.graph)
    output = try WindowOutput(plan, aggregation)
    store = WindowStore(
      stride: layout.stride, initial: AccumulatorSet.initialRecord(layout), nullWidth: layout.nullGroups.count)
    accumulators = AccumulatorSet(layout, dictionary: dictionary, chunk: QueryEngine.chunk)
    cache = WindowCache(passes: rule.passes)
    slots = .allocate(capacity: QueryEngine.chunk)
  }

  deinit { slots.deallocate() }

  /// Spelling a plan out costs more than everything else that an engine does to begin, and all partitions share it.
  private static let fingerprints = Mutex<[AggregationPlan: UInt64]>([:])

  private static func fingerprint(_ plan: AggregationPlan, _ rule: WindowRule) -> UInt64 {
    fingerprints.withLock { known in
      if let value = known[plan] { return value }
      let meaning = "\(rule.size) \(rule.advance) \(plan.groupBy) \(plan.aggregates) \(plan.emit)"
      let value = meaning.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
      known[plan] = value
      return value
    }
  }

  var openCount: Int { store.count }

  /// Makes the next row of every window mark it as changed again.
  func startEpoch() { cache.startEpoch() }

  func process(
    _ staged: StagedBatch, _ rows: [Int32], isDense: Bool, streamTime: inout Int64, frontier: Int64,
    _ counted: inout QueryCounters, _ result: inout ProcessResult
  ) {
    guard !rows.isEmpty else { return }
    var pass = BatchPass(streamTime: streamTime, frontier: frontier, grace: rule.grace)
    let rowGroups = rowGroups(staged, rows, isDense)
    cache.reserve(groups.count)
    accumulators.begin(graph)
    let isSafe = accumulators.isSafe(graph, store)
    rowGroups.withUnsafeBufferPointer { groups in
      staged.eventTimes.withUnsafeBufferPointer { times in
        for lower in stride(from: 0, to: times.count, by: QueryEngine.chunk) {
          let chunk = lower..<Swift.min(lower + QueryEngine.chunk, times.count)
          if isSafe { addChunk(chunk, groups, times, &pass) } else { addCarefully(chunk, groups, times, &pass) }
        }
      }
    }
    accumulators.end()
    streamTime = pass.streamTime
    pass.finish(rows.count, isHopping: rule.passes > 1, &counted, &result)
  }

  /// The group per row of the batch; `BatchPass.skipped` where the row is not among `rows`.
  private func rowGroups(_ staged: StagedBatch, _ rows: [Int32], _ isDense: Bool) -> [Int32] {
    let all = groups.groups(graph, batch: staged.number)
    if isDense { return all }
    var out = [Int32](repeating: BatchPass.skipped, count: all.count)
    for row in rows { out[Int(row)] = all[Int(row)] }
    return out
  }

  private func addChunk(
    _ chunk: Range<Int>, _ groups: UnsafeBufferPointer<Int32>, _ times: UnsafeBufferPointer<Int64>,
    _ pass: inout BatchPass
  ) {
    let before = pass.clock
    for number in 0..<rule.passes {
      pass.clock = before
      assign(chunk, groups, times, number, &pass)
      _ = store.preload(UnsafePointer(slots), chunk.count)
      accumulators.add(chunk, UnsafePointer(slots), &store)
    }
  }

  /// Fills `slots` with each row's window of one pass.
  private func assign(
    _ chunk: Range<Int>, _ groups: UnsafeBufferPointer<Int32>, _ times: UnsafeBufferPointer<Int64>, _ number: Int,
    _ pass: inout BatchPass
  ) {
    let (size, passes, epoch, entries) = (rule.size, rule.passes, cache.epoch, cache.entries)
    var clock = pass.clock
    _ = cache.preload(groups, chunk, number)
    for row in chunk {
      let group = groups[row]
      if group < 0 {
        slots[row - chunk.lowerBound] = 0
        if number == 0 { pass.note(row, group) }
        continue
      }
      let time = times[row]
      clock.advance(to: time)
      let entry = entries[Int(group) &* passes &+ number]
      let isInside = UInt64(bitPattern: time &- entry.start) < UInt64(bitPattern: size)
      if isInside, entry.epoch == epoch, entry.start &+ size > clock.closeTime {
        slots[row - chunk.lowerBound] = entry.slot
      } else {
        slots[row - chunk.lowerBound] = resolve(row, group, time, number, clock, &pass)
      }
    }
    pass.clock = clock
  }

  /// The slot of a row whose window is not the one its group used last: late, found, or new.
  @inline(never)
  private func resolve(
    _ row: Int, _ group: Int32, _ time: Int64, _ number: Int, _ clock: StreamClock, _ pass: inout BatchPass
  ) -> Int32 {
    guard let start = rule.start(time, pass: number) else { return 0 }
    if pass.isLate(row, time, start, rule, clock) { return 0 }
    let slot = locate(group, start)
    mark(slot)
    cache.set(group, number, start, slot)
    return slot
  }

  private func locate(_ group: Int32, _ start: Int64) -> Int32 {
    let known = store.find(group, start)
    return known != 0 ? known : open(group, start)
  }

  func open(_ group: Int32, _ start: Int64) -> Int32 {
    let end = start + rule.size
    let slot = store.open(group, start, next: ends.head(end))
    ends.setHead(end, slot)
    return slot
  }

  private func mark(_ slot: Int32) {
    if !store.flags[Int(slot)].contains(.dirty) { dirty.append(slot) }
    if plan.emit == .changes, !store.flags[Int(slot)].contains(.touched) { touched.append(slot) }
    store.flags[Int(slot)].insert(plan.emit == .changes ? [.dirty, .touched] : .dirty)
  }

  /// The same as `addChunk` one row at a time, with every sum checked before any is changed.
  private func addCarefully(
    _ chunk: Range<Int>, _ groups: UnsafeBufferPointer<Int32>, _ times: UnsafeBufferPointer<Int64>,
    _ pass: inout BatchPass
  ) {
    for row in chunk {
      guard groups[row] >= 0 else {
        pass.note(row, groups[row])
        continue
      }
      pass.clock.advance(to: times[row])
      let lateBefore = pass.late.count
      var found: [Int32] = []
      for number in 0..<rule.passes {
        guard let start = rule.start(times[row], pass: number) else { continue }
        if !pass.isLate(row, times[row], start, rule, pass.clock) { found.append(locate(groups[row], start)) }
      }
      guard !found.isEmpty else { continue }
      if accumulators.failures?[row] ?? false || !found.allSatisfy({ accumulators.canAdd(row, $0, store) }) {
        pass.late.removeSubrange(lateBefore...)
        pass.failed.append(row)
        found.forEach(discardIfEmpty)
      } else {
        for slot in found {
          mark(slot)
          slots[0] = slot
          accumulators.add(row..<(row + 1), UnsafePointer(slots), &store)
        }
      }
    }
  }

  /// Takes back a window that was opened for a row which then failed.
  private func discardIfEmpty(_ slot: Int32) {
    guard store.words[Int(slot) * layout.stride] == 0 else { return }
    ends.setHead(store.starts[Int(slot)] + rule.size, store.links[Int(slot)])
    store.close(slot)
  }
}
