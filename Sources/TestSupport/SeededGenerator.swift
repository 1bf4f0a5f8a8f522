#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// SplitMix64 (Steele, Lea, Flood 2014): small, fast and the same on every machine, so that a printed seed replays a failure.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  /// The seed this generator started from.
  public let seed: UInt64
  private var state: UInt64

  public init(seed: UInt64) {
    self.seed = seed
    state = seed
  }

  /// A generator for one test: the seed is `WICK_TEST_SEED` where it is set, otherwise new, and is printed either way.
  public static func forTest(_ name: String) -> SeededGenerator {
    let given = getenv("WICK_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
    let seed = given ?? UInt64.random(in: 0...UInt64(Int64.max))
    print("seed of \(name): \(seed) (replay with WICK_TEST_SEED=\(seed))")
    return SeededGenerator(seed: seed)
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
