import EmbeddedKafka
import Lake

/// A table as its catalog has it: one pointer, swapped whole. What a swap may see is only what was swapped before.
final class SimulatedTable {
  struct Row: Hashable {
    var partition: Int32
    var offset: Int64
    var value: [UInt8]
  }

  struct Version {
    var number = 0
    var ledger = OffsetLedger().text
    var rows: [Row] = []
    /// The commit ids of the whole ancestry.
    var commits: Set<Int> = []
  }

  private(set) var current = Version()
  private var known: Set<Row> = []
  /// No record is in the table twice.
  private(set) var isUnique = true

  /// True where `next` follows the current version, which it then replaces.
  func swap(_ next: Version) -> Bool {
    guard next.number == current.number + 1 else { return false }
    // Rows are only ever added at the end.
    for row in next.rows[current.rows.count...] where !known.insert(row).inserted { isUnique = false }
    current = next
    return true
  }
}

/// A sink's process: the real ledger and progress over a simulated catalog.
final class SimulatedSink {
  private var progress: [Int32: PartitionProgress] = [:]
  private var rows: [SimulatedTable.Row] = []
  private unowned let world: SimulatedWorld
  var isPaused = false
  private(set) var isCommitting = false

  init(world: SimulatedWorld) {
    self.world = world
    load()
  }

  /// The table is the truth for where to go on.
  private func load() {
    rows = []
    do {
      let ledger = try OffsetLedger(parsing: world.table.current.ledger)
      for partition in 0..<SimulatedWorld.partitions {
        progress[partition] = PartitionProgress(entry: ledger["out", partition], earliest: 0)
      }
    } catch {
      world.fail("the ledger cannot be read: \(error)")
    }
  }

  /// Everything up to the given ends has been committed.
  func hasReached(_ end: (Int32) -> Int64) -> Bool {
    rows.isEmpty && progress.allSatisfy { !$0.value.isProbing && $0.value.next >= end($0.key) }
  }

  func turn() {
    guard let broker = world.broker else { return }
    for partition in 0..<SimulatedWorld.partitions { read(partition, broker) }
    if world.calm || world.roll(0.5) { commit() }
  }

  private func read(_ partition: Int32, _ broker: SteppedBroker) {
    guard let held = progress[partition] else { return }
    let from = held.isProbing ? held.start : held.next
    let answer = broker.handle(
      .fetch(SteppedPartition("out", partition), from: from, world.has(.sinksUncommitted) ? .uncommitted : world.isolation))
    guard answer.code == 0 else { return }
    for record in answer.records {
      let hash = (record.value ?? []).withUnsafeBytes { RecordHash.of(key: nil, value: $0) }
      switch progress[partition]?.judge(record.offset, hash: { hash }) {
      case .new:
        progress[partition]?.take(record.offset)
        progress[partition]?.remember(record.offset, hash)
        rows.append(.init(partition: partition, offset: record.offset, value: record.value ?? []))
      case .changed: world.fail("record \(record.offset) of out-\(partition) is another than the table was filled from")
      case .known, .old, nil: continue
      }
    }
    progress[partition]?.skip(to: answer.next)
  }

  private func commit() {
    isCommitting = true
    defer { isCommitting = false }
    var ranges: [Int32: OffsetLedger.Entry] = [:]
    for (partition, held) in progress { if let range = held.range { ranges[partition] = range } }
    guard !ranges.isEmpty else { return }
    world.swaps += 1
    let id = world.swaps
    // A definite conflict is judged again on the version that won; an outcome that stays unknown, after a look at the ancestry.
    for _ in 0..<4 {
      guard let next = version(ranges, id) else {
        world.note(.sinkFenced)
        return load()
      }
      switch Int.random(in: 0..<(world.calm ? 1 : 6), using: &world.random) {
      case 1:
        world.note(.swapOfUnknownOutcome)
        world.lateSwaps.append(next)
      case 2:
        world.note(.swapOfUnknownOutcome)
        _ = world.table.swap(next)
      case 3:
        // Another commit comes between this one's look at the table and its swap.
        world.otherTurns(than: self)
        if world.table.swap(next) { return settle() }
        world.note(.swapConflict)
        continue
      default:
        if world.table.swap(next) { return settle() }
        world.note(.swapConflict)
        continue
      }
      if world.table.current.commits.contains(id), !world.has(.forgetsOwnSwap) {
        world.note(.ownSwapFound)
        return settle()
      }
      world.releaseLateSwaps()
    }
    load()
  }

  private func version(_ ranges: [Int32: OffsetLedger.Entry], _ id: Int) -> SimulatedTable.Version? {
    var next = world.table.current
    do {
      var ledger = try OffsetLedger(parsing: next.ledger)
      if world.has(.ignoresLedger) {
        ledger.topics["out"] = (ledger.topics["out"] ?? [:]).merging(ranges) { old, new in
          var joined = new
          joined.start = old.start
          return joined
        }
      } else if world.has(.forgetsOwnSwap), next.commits.contains(id) {
        // The same range again, as if the first swap had not been.
      } else {
        ledger = try ledger.advanced(by: ["out": ranges], cluster: "c")
      }
      next.ledger = ledger.text
    } catch {
      // Fenced: another commit came first. Start again from the table.
      return nil
    }
    next.number += 1
    next.rows += rows
    next.commits.insert(id)
    return next
  }

  private func settle() {
    rows = []
    for partition in progress.keys { progress[partition]?.commit() }
  }
}
