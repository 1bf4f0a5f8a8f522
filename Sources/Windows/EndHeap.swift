/// The distinct ends of open windows, smallest first, each with the list of its windows.
///
/// Windows close by this heap and by nothing else, so that no jump of time can skip one.
struct EndHeap {
  private var ends: [Int64] = []
  private var heads: [Int64: Int32] = [:]

  /// The smallest end.
  var smallest: Int64? { ends.first }

  var all: [Int64] { ends }

  /// The first window in the list of `end`, or 0.
  func head(_ end: Int64) -> Int32 { heads[end] ?? 0 }

  /// Makes `slot` the first window of `end`; the caller links it to the one before.
  mutating func setHead(_ end: Int64, _ slot: Int32) {
    if heads.updateValue(slot, forKey: end) == nil { push(end) }
  }

  /// Removes the smallest end and returns the first of its windows.
  mutating func pop() -> Int32 {
    guard let end = ends.first else { return 0 }
    let last = ends.removeLast()
    if !ends.isEmpty {
      ends[0] = last
      siftDown()
    }
    return heads.removeValue(forKey: end) ?? 0
  }

  private mutating func push(_ end: Int64) {
    ends.append(end)
    var i = ends.count - 1
    while i > 0, ends[(i - 1) / 2] > ends[i] {
      ends.swapAt(i, (i - 1) / 2)
      i = (i - 1) / 2
    }
  }

  private mutating func siftDown() {
    var i = 0
    while true {
      var child = 2 * i + 1
      guard child < ends.count else { return }
      if child + 1 < ends.count, ends[child + 1] < ends[child] { child += 1 }
      guard ends[child] < ends[i] else { return }
      ends.swapAt(i, child)
      i = child
    }
  }
}
