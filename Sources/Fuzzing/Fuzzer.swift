/// Puts damaged inputs into a target, one after the other. Input n of a start is made from the seed `start + n` alone, so that
/// any of them can be made again.
public struct Fuzzer {
  /// An input on which the target broke a promise.
  public struct Finding: Hashable, Sendable {
    public var seed: UInt64
    public var input: [UInt8]
    public var what: String
  }

  public let target: FuzzTarget
  public private(set) var next: UInt64
  public private(set) var tried = 0
  /// How many of them were read.
  public private(set) var accepted = 0
  private let mutator: Mutator
  private let read: FuzzTarget.Reader

  public init(_ target: FuzzTarget, start: UInt64) {
    self.target = target
    next = start
    mutator = Mutator(target)
    read = target.reader()
  }

  /// Tries `count` inputs; the first finding ends it. `before` sees each input before the target does, for those on which the
  /// process dies.
  public mutating func run(_ count: Int, before: (UInt64, [UInt8]) -> Void = { _, _ in }) -> Finding? {
    for _ in 0..<count {
      let seed = next
      let input = mutator.input(seed)
      before(seed, input)
      next &+= 1
      tried += 1
      switch read(input) {
      case .accepted: accepted += 1
      case .refused: break
      case .broken(let what): return Finding(seed: seed, input: input, what: what)
      }
    }
    return nil
  }
}
