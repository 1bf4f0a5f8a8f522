/// Which transactions must have come before which others. Pure.
struct DependencyGraph {
  /// After Adya (1999): a write after a write, a read of a write, a write after a read that did not see it.
  enum Edge: Hashable, CaseIterable { case writeWrite, writeRead, readWrite }

  private struct Arrow: Hashable { var from: Int, to: Int, edge: Edge }

  private let count: Int
  private var arrows: Set<Arrow> = []

  /// - Parameter count: transactions are 0..<count.
  init(count: Int) { self.count = count }

  mutating func add(_ edge: Edge, from: Int, to: Int) {
    if from != to { arrows.insert(Arrow(from: from, to: to, edge: edge)) }
  }

  /// The sets of two and more transactions of which each comes before each other along these edges.
  func cycles(along edges: Set<Edge>) -> [[Int]] {
    var next = [[Int]](repeating: [], count: count)
    for arrow in arrows where edges.contains(arrow.edge) { next[arrow.from].append(arrow.to) }
    return StronglyConnected(next).components.filter { $0.count > 1 }
  }
}

/// Tarjan's algorithm (1972), with a stack of its own: a long chain of transactions must not overflow the thread's.
private struct StronglyConnected {
  private(set) var components: [[Int]] = []
  private let next: [[Int]]
  private var order: [Int]
  private var low: [Int]
  private var isOnStack: [Bool]
  private var stack: [Int] = []
  private var visited = 0

  init(_ next: [[Int]]) {
    self.next = next
    order = [Int](repeating: -1, count: next.count)
    low = order
    isOnStack = [Bool](repeating: false, count: next.count)
    for node in next.indices where order[node] < 0 { walk(from: node) }
  }

  private mutating func enter(_ node: Int) {
    order[node] = visited
    low[node] = visited
    visited += 1
    stack.append(node)
    isOnStack[node] = true
  }

  private mutating func walk(from root: Int) {
    var path: [(node: Int, edge: Int)] = [(root, 0)]
    enter(root)
    while let (node, edge) = path.last {
      if edge < next[node].count {
        path[path.count - 1].edge += 1
        let target = next[node][edge]
        if order[target] < 0 {
          enter(target)
          path.append((target, 0))
        } else if isOnStack[target] {
          low[node] = min(low[node], order[target])
        }
      } else {
        path.removeLast()
        if let parent = path.last?.node { low[parent] = min(low[parent], low[node]) }
        if low[node] == order[node] { close(node) }
      }
    }
  }

  private mutating func close(_ root: Int) {
    var component: [Int] = []
    while let node = stack.popLast() {
      isOnStack[node] = false
      component.append(node)
      if node == root { break }
    }
    components.append(component.sorted())
  }
}
