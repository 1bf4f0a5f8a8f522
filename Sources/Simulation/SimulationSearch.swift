import Dispatch
import Synchronization

/// Runs histories of consecutive seeds on several threads until one ends in a violation, and adds up what they did.
public struct SimulationSearch: Sendable {
  public let faults: Set<SimulationFault>
  public let threads: Int
  public private(set) var next: UInt64
  public private(set) var histories = 0
  public private(set) var steps = 0
  public private(set) var commits = 0
  public private(set) var records = 0
  public private(set) var rare = RareStates()
  /// Over every outcome, in whatever order they came: to compare two runs.
  public private(set) var digest: UInt64 = 0
  /// Of the smallest seed where several were found at once.
  public private(set) var violation: Simulation.Outcome?

  public init(from start: UInt64, threads: Int, faults: Set<SimulationFault> = []) {
    next = start
    self.threads = max(threads, 1)
    self.faults = faults
  }

  /// Runs the next `count` histories, fewer after a violation. Blocks the calling thread and works on it too.
  public mutating func run(_ count: Int) {
    guard violation == nil, count > 0 else { return }
    let shared = Shared(self)
    let (start, faults) = (next, faults)
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      while let index = shared.take(below: count) {
        shared.add(Simulation.run(seed: start &+ UInt64(index), faults: faults))
      }
    }
    self = shared.total.withLock { $0 }
    next = start &+ UInt64(count)
  }

  private mutating func add(_ outcome: Simulation.Outcome) {
    histories += 1
    steps += outcome.steps
    commits += outcome.commits
    records += outcome.records
    rare.add(outcome.rare)
    var hash = outcome.seed
    for number in [outcome.steps, outcome.commits, outcome.records] {
      hash = (hash ^ UInt64(number)) &* 0x100_0000_01b3
    }
    digest &+= hash
    if outcome.violation != nil, violation.map({ outcome.seed < $0.seed }) ?? true { violation = outcome }
  }

  /// What the threads share.
  private final class Shared: Sendable {
    let total: Mutex<SimulationSearch>
    private let taken = Atomic<Int>(0)

    init(_ search: SimulationSearch) { total = Mutex(search) }

    /// The number of the next history; nil for none.
    func take(below count: Int) -> Int? {
      let index = taken.wrappingAdd(1, ordering: .relaxed).oldValue
      return index < count ? index : nil
    }

    func add(_ outcome: Simulation.Outcome) {
      total.withLock { $0.add(outcome) }
      if outcome.violation != nil { taken.store(.max / 2, ordering: .relaxed) }
    }
  }
}
