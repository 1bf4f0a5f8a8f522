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
  @exclusivity(unchecked) var sessions = SessionIndex()
  /// FILL PREVIOUS.
  var fill: WindowFill?
  /// Queries into whose windows those of this one are merged.
  var rollUps: [RollUp] = []
  /// Windows that end at or before this have been emitted and merged.
  var closedTo: Int64 = -1
  /// Deletions that the next emission begins with.
  var absorbed: [AbsorbedSession] = []
  /// Changed slots, each once; a slot whose flag is gone is passed over.
  @exclusivity(unchecked) var dirty: [Int32] = []
  @exclusivity(unchecked) var touched: [Int32] = []
  /// Tombstones of closed windows.
  var removed: [StateEntry] = []
  /// A hash (FNV-1a) of what gives stored words their meaning: windows, groups and aggregates.
  let fingerprint: UInt64
  private let graph: ExpressionGraph
  @exclusivity(unchecked) private var cache: WindowCache
  let slots: UnsafeMutablePointer<Int32>

  init(
    _ plan: QueryPlan, _ aggregation: AggregationPlan, _ stage: SourceStage, _ emissionTime: EmissionTime
  ) throws(WindowsError) {
    self.plan = aggregation
    graph = stage.graph
    rule = try WindowRule(aggregation.window)
    let needsTime = rule.gap == nil && (aggregation.emit == .changes || emissionTime == .newestRecord)
    groups = try stage.groupIndex(aggregation.groupBy)
    layout = try AggregateLayout(
      aggregation.aggregates, stage.graph, needsTime: needsTime, isMergeable: rule.gap != nil)
    fingerprint = Self.fingerprint(aggregation, needsTime)
    output = try WindowOutput(plan, aggregation)
    store = WindowStore(
      stride: layout.stride, initial: AccumulatorSet.initialRecord(layout), nullWidth: layout.nullGroups.count)
    accumulators = AccumulatorSet(layout, dictionary: dictionary, chunk: QueryEngine.chunk)
    cache = WindowCache(passes: rule.passes)
    slots = .allocate(capacity: QueryEngine.chunk)
    if let plan = aggregation.fill { fill = try WindowFill(plan, rule, output.outputs) }
  }

  deinit { slots.deallocate() }

  /// Spelling a plan out costs more than everything else that an engine does to begin, and all partitions share it.
  private static let fingerprints = Mutex<[Meaning: UInt64]>([:])

  private struct Meaning: Hashable {
    var plan: AggregationPlan
    var needsTime: Bool

    /// Where windows lie. How long they wait for late records may change between two runs.
    var window: String {
      switch plan.window {
      case .unbounded: return "unbounded"
      case .session(let window): return "session \(window.gap)"
      case .time(let window):
        let isPlain = window.offset == 0 && window.timeZone == nil
        return "\(window.size) \(window.advance)" + (isPlain ? "" : " \(window.offset) \(window.timeZone ?? "")")
      }
    }
  }

  static func fingerprint(_ plan: AggregationPlan, _ needsTime: Bool) -> UInt64 {
    let key = Meaning(plan: plan, needsTime: needsTime)
    return fingerprints.withLock { known in
      if let value = known[key] { return value }
      let meaning = "\(key.window) \(plan.groupBy) \(plan.aggregates) \(plan.emit)\(needsTime ? " time" : "")"
      let value = meaning.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
      known[key] = value
      return value
    }
  }

  /// Windows that are still to be closed; the window of a GROUP BY without windows never is.
  var openCount: Int { rule.isUnbounded ? 0 : store.count }

  /// Start and end of a window as they are shown: see `Emission`.
  func bounds(_ slot: Int32) -> (start: Int64, end: Int64) {
    if rule.isUnbounded { return (0, 0) }
    let start = store.starts[Int(slot)]
    return (start, rule.gap == nil ? rule.end(start) : sessions.last(slot))
  }

  func recordCount(_ slot: Int32) -> Int64 { store.words[Int(slot) * layout.stride] }

  /// Event time of an emitted row.
  func timestamp(_ slot: Int32) -> Int64 {
    let record = store.words + Int(slot) * layout.stride
    guard let newest = layout.newestTime, record[0] > 0 else { return bounds(slot).end }
    return record[layout.offsets[newest]]
  }

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
    sessions.reserve(rule.gap == nil ? 0 : groups.count)
    accumulators.begin(graph, staged)
    let isSafe = accumulators.isSafe(graph, store)
    rowGroups.withUnsafeBufferPointer { groups in
      staged.eventTimes.withUnsafeBufferPointer { times in
        for lower in stride(from: 0, to: times.count, by: QueryEngine.chunk) {
          let chunk = lower..<Swift.min(lower + QueryEngine.chunk, times.count)
          if let gap = rule.gap {
            addSessions(chunk, groups, times, gap, isSafe: isSafe, &pass)
          } else if isSafe {
            addChunk(chunk, groups, times, &pass)
          } else {
            addCarefully(chunk, groups, times, &pass)
          }
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

  func locate(_ group: Int32, _ start: Int64) -> Int32 {
    let known = store.find(group, start)
    return known != 0 ? known : open(group, start)
  }

  func open(_ group: Int32, _ start: Int64) -> Int32 {
    let end = rule.end(start)
    let slot = store.open(group, start, next: ends.head(end))
    ends.setHead(end, slot)
    return slot
  }

  func mark(_ slot: Int32) {
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
  func discardIfEmpty(_ slot: Int32) {
    guard store.words[Int(slot) * layout.stride] == 0 else { return }
    ends.setHead(rule.end(store.starts[Int(slot)]), store.links[Int(slot)])
    discard(slot)
  }
}
