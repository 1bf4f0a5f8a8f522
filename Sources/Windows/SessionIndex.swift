/// The open sessions of one query: those of each group in the order of their starts, their ends, and a heap to close them by.
///
/// Sessions are known by the slots of the window store. One thread at a time.
struct SessionIndex {
  /// A session to close when time gets there, if it has not grown by then.
  private struct Due {
    var end: Int64
    var slot: Int32
    /// Tells a session from others that had the same slot.
    var generation: Int32
  }

  private var lists: [[Int32]] = []
  /// Time of the last record, by slot.
  private var lasts: [Int64] = []
  private var generations: [Int32] = []
  private var heap: [Due] = []

  func last(_ slot: Int32) -> Int64 { lasts[Int(slot)] }

  /// The open sessions of a group.
  func sessions(_ group: Int32) -> [Int32] { Int(group) < lists.count ? lists[Int(group)] : [] }

  mutating func reserve(_ groups: Int) {
    if lists.count < groups { lists.append(contentsOf: repeatElement([], count: groups - lists.count)) }
  }

  mutating func insert(_ slot: Int32, _ group: Int32, last: Int64, isBefore: (Int32, Int32) -> Bool) {
    reserve(Int(group) + 1)
    let at = lists[Int(group)].firstIndex { isBefore(slot, $0) } ?? lists[Int(group)].count
    lists[Int(group)].insert(slot, at: at)
    if lasts.count <= Int(slot) {
      let missing = Int(slot) + 1 - lasts.count
      lasts.append(contentsOf: repeatElement(0, count: missing))
      generations.append(contentsOf: repeatElement(0, count: missing))
    }
    lasts[Int(slot)] = last
    push(Due(end: last + 1, slot: slot, generation: generations[Int(slot)]))
  }

  /// Moves the end of a session: the heap finds out when it comes to it, since sessions only grow.
  mutating func setLast(_ slot: Int32, _ last: Int64) { lasts[Int(slot)] = last }

  mutating func remove(_ slot: Int32, _ group: Int32) {
    lists[Int(group)].removeAll { $0 == slot }
    generations[Int(slot)] &+= 1
  }

  /// The sessions that end (the time after their last record) at or before `closeTime`, in the order of their ends. They stay
  /// in the index.
  mutating func takeDue(_ closeTime: Int64) -> [Int32] {
    var due: [Int32] = []
    while let first = heap.first, first.end <= closeTime {
      pop()
      guard generations[Int(first.slot)] == first.generation else { continue }
      let end = lasts[Int(first.slot)] + 1
      if end > closeTime {
        push(Due(end: end, slot: first.slot, generation: first.generation))
      } else {
        due.append(first.slot)
      }
    }
    return due
  }

  var lastEnd: Int64 { lists.joined().map { lasts[Int($0)] + 1 }.max() ?? 0 }

  private mutating func push(_ due: Due) {
    heap.append(due)
    var i = heap.count - 1
    while i > 0, heap[(i - 1) / 2].end > heap[i].end {
      heap.swapAt(i, (i - 1) / 2)
      i = (i - 1) / 2
    }
  }

  private mutating func pop() {
    let last = heap.removeLast()
    guard !heap.isEmpty else { return }
    heap[0] = last
    var i = 0
    while true {
      var child = 2 * i + 1
      guard child < heap.count else { return }
      if child + 1 < heap.count, heap[child + 1].end < heap[child].end { child += 1 }
      guard heap[child].end < heap[i].end else { return }
      heap.swapAt(i, child)
      i = child
    }
  }
}

/// An emitted session that has become part of another: its row is to be deleted.
struct AbsorbedSession {
  var group: Int32
  var start: Int64
  var last: Int64
  /// The changelog holds it, since it was stored before it was emitted.
  var isPersisted: Bool
  /// Its place among those that are stored.
  var place: UInt64 = 0
}
