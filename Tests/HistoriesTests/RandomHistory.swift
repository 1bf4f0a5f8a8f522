import Histories
import TestSupport

/// A cluster in a few lines that does everything right, but for one thing if so asked, and the history of its clients.
struct RandomHistory {
  private struct Entry { var offset: Int64, value: Int64, isCommitted: Bool }
  private struct Open { var id: Int, writes: [(partition: Int32, value: Int64)], aborts: Bool, isUnknown: Bool }

  let recorder = HistoryRecorder()
  private var random: SeededGenerator
  private let fault: Anomaly.Kind?
  private let partitions: Int32 = 3
  private var logs: [[Entry]]
  private var ends: [Int64]
  private var committedValues: Set<Int64> = []
  private var transactions: [Int] = []
  private var reads: [Int: [History.Record]] = [:]
  /// Whether the fault could be planted: not every history has room for each.
  private(set) var isPlanted: Bool

  init(_ random: SeededGenerator, fault: Anomaly.Kind? = nil) {
    self.random = random
    self.fault = fault
    logs = [[Entry]](repeating: [], count: Int(partitions))
    ends = [Int64](repeating: 0, count: Int(partitions))
    isPlanted = fault == nil
    write()
    if let fault { plant(fault) }
    read()
  }

  private mutating func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

  private mutating func append(_ value: Int64, _ partition: Int32, isCommitted: Bool) {
    logs[Int(partition)].append(Entry(offset: ends[Int(partition)], value: value, isCommitted: isCommitted))
    if isCommitted { committedValues.insert(value) }
    ends[Int(partition)] += Int64(pick(1...3))
  }

  /// Three transactional producers whose records interleave, and one without transactions.
  private mutating func write() {
    for _ in 0..<pick(4...10) {
      var open = (0..<3).map { producer in
        Open(id: recorder.began(producer: producer), writes: [], aborts: pick(0...3) == 0, isUnknown: pick(0...4) == 0)
      }
      for _ in 0..<pick(4...15) {
        let (producer, partition) = (pick(0...3), Int32(pick(0...2)))
        if producer == 3 {
          let (send, value) = recorder.sending(producer: 3, session: 3, partition: partition)
          if pick(0...9) > 0 { append(value, partition, isCommitted: true) }
          let isStored = committedValues.contains(value)
          let offset = isStored ? logs[Int(partition)].last?.offset : nil
          recorder.sent(send, isStored ? .done : .unknown, offset: pick(0...1) == 0 ? offset : nil)
        } else {
          let value = recorder.sending(
            producer: producer, session: producer, transaction: open[producer].id, partition: partition
          ).value
          open[producer].writes.append((partition, value))
          append(value, partition, isCommitted: !open[producer].aborts)
        }
      }
      for one in open {
        if !one.aborts || one.isUnknown { recorder.committing(one.id) }
        if !one.isUnknown { recorder.ended(one.id, one.aborts ? .failed : .done) }
        transactions.append(one.id)
      }
    }
  }

  /// Readers of both kinds, one of each from the first record to the last; and what was read for transactions.
  private mutating func read() {
    for number in 0..<5 {
      let isCommitted = number % 2 == 0
      let reader = recorder.reader(isCommitted ? .committed : .uncommitted, group: number == 0 ? "group" : nil)
      for _ in 0..<(number < 2 ? 1 : 3) {
        let starts = (0..<partitions).map { number < 2 ? 0 : Int64.random(in: 0...ends[Int($0)], using: &random) }
        recorder.assigned(reader, Dictionary(uniqueKeysWithValues: starts.enumerated().map { (Int32($0.offset), $0.element) }))
        follow(reader, starts, isCommitted, whole: number < 2)
      }
    }
    recorder.settled(Set(0..<partitions))
    recorder.drained("group")
  }

  private mutating func follow(_ reader: Int, _ starts: [Int64], _ isCommitted: Bool, whole: Bool) {
    var left = (0..<Int(partitions)).map { partition in
      logs[partition].filter { $0.offset >= starts[partition] && ($0.isCommitted || !isCommitted) }[...]
    }
    repeat {
      var poll: [History.Record] = []
      for _ in 0..<pick(1...3) {
        let (partition, count) = (pick(0...Int(partitions) - 1), pick(1...4))
        poll += left[partition].prefix(count).map { .init(Int32(partition), $0.offset, $0.value) }
        left[partition] = left[partition].dropFirst(count)
      }
      recorder.polled(reader, poll)
    } while whole ? left.contains { !$0.isEmpty } : pick(0...4) > 0
    guard whole else { return }
    for partition in 0..<partitions { recorder.ended(reader, partition: partition, at: ends[Int(partition)]) }
  }
}

extension RandomHistory {
  /// Makes the cluster, or what it says, wrong in one place.
  private mutating func plant(_ fault: Anomaly.Kind) {
    let stored = logs.indices.flatMap { partition in logs[partition].indices.map { (partition, $0) } }
    let visible = stored.filter { logs[$0.0][$0.1].isCommitted }
    guard let (partition, position) = visible.randomElement(using: &random) else { return }
    let entry = logs[partition][position]
    isPlanted = true
    switch fault {
    case .abortedRead:
      let failed = recorder.began(producer: 9)
      let value = recorder.sending(producer: 9, session: 9, transaction: failed, partition: Int32(partition)).value
      recorder.ended(failed, .failed)
      append(value, Int32(partition), isCommitted: true)
    case .earlyRead:
      let open = recorder.began(producer: 9)
      let value = recorder.sending(producer: 9, session: 9, transaction: open, partition: Int32(partition)).value
      append(value, Int32(partition), isCommitted: true)
      read()
      recorder.committing(open)
      recorder.ended(open, .done)
    case .lostWrite:
      let (send, _) = recorder.sending(producer: 9, session: 9, partition: Int32(partition))
      recorder.sent(send, .done)
    case .duplicate: append(entry.value, Int32(partition), isCommitted: true)
    case .inconsistentOffset:
      let other = recorder.sending(producer: 9, session: 9, partition: Int32(partition)).value
      see(.uncommitted, [.init(Int32(partition), entry.offset, other)])
    case .skippedPoll:
      let after = Int64(entry.offset) + 1
      see(.committed, [.init(Int32(partition), entry.offset, entry.value)])
      let reader = recorder.reader(.committed)
      recorder.assigned(reader, [Int32(partition): Int64.random(in: 0...entry.offset, using: &random)])
      recorder.ended(reader, partition: Int32(partition), at: after)
    case .nonmonotonicPoll:
      let again = History.Record(Int32(partition), entry.offset, entry.value)
      see(.committed, [again, again])
    case .nonmonotonicSend:
      let values = (0..<2).map { _ in recorder.sending(producer: 9, session: 9, partition: Int32(partition)).value }
      append(values[1], Int32(partition), isCommitted: true)
      append(values[0], Int32(partition), isCommitted: true)
    case .circularRead:
      let pair = [0, 1].map { recorder.began(producer: 9 + $0) }
      let values = pair.map {
        recorder.sending(producer: 9 + $0, session: 9 + $0, transaction: $0, partition: Int32(partition)).value
      }
      for value in values { append(value, Int32(partition), isCommitted: true) }
      for id in pair { recorder.committing(id) }
      let offsets = logs[partition].suffix(2).map(\.offset)
      for (index, id) in pair.enumerated() {
        see(.committed, [.init(Int32(partition), offsets[1 - index], values[1 - index])], transaction: id)
        recorder.ended(id, .done)
      }
    case .tornTransaction:
      let torn = recorder.began(producer: 9)
      let values = (0..<2).map { _ in
        recorder.sending(producer: 9, session: 9, transaction: torn, partition: Int32(partition)).value
      }
      recorder.committing(torn)
      append(values[0], Int32(partition), isCommitted: true)
      append(values[1], Int32(partition), isCommitted: false)
    case .ownRead:
      let own = recorder.began(producer: 9)
      let value = recorder.sending(producer: 9, session: 9, transaction: own, partition: Int32(partition)).value
      append(value, Int32(partition), isCommitted: true)
      let offset = logs[partition].last?.offset ?? 0
      see(.committed, [.init(Int32(partition), offset, value)], transaction: own)
      recorder.committing(own)
      recorder.ended(own, .done)
    case .foreignRead: append(1_000_000, Int32(partition), isCommitted: true)
    case .unconsumed:
      see(.committed, [.init(Int32(partition), entry.offset, entry.value)], group: "other")
      isPlanted = visible.count > 1
      recorder.drained("other")
    }
  }

  private func see(
    _ isolation: History.Isolation, _ records: [History.Record], transaction: Int? = nil, group: String? = nil
  ) {
    let reader = recorder.reader(isolation, group: group)
    recorder.assigned(reader, [records[0].partition: nil])
    recorder.polled(reader, records, transaction: transaction)
  }
}
