import TestSupport

/// What kind of history it is.
struct Profile {
  var slots: Int
  var queries: Int
  var segmentBytes: Int
  var records: Int
  var steps: Int
  /// The share of input that goes to the first partition; the other one is silent for long.
  var lean: Double
  /// Per step.
  var networkFaults: Double
  var workerFaults: Double
  var brokerFaults: Double
  var clockJumps: Double
  /// Per commit.
  var heldCommits: Double
  /// Per answer to a worker that reads its state back.
  var stalledRestores: Double

  init(_ random: inout SeededGenerator) {
    slots = Int.random(in: 1...3, using: &random)
    queries = Int.random(in: 1...3, using: &random)
    segmentBytes = [1 << 14, 1 << 20].randomElement(using: &random) ?? 1 << 20
    // One in so many goes on for thousands of steps.
    let isLong = Int.random(in: 0..<250, using: &random) == 0
    records = isLong ? 4000 : [20, 40, 80, 200].randomElement(using: &random) ?? 40
    steps = isLong ? Int.random(in: 2000...6000, using: &random) : Int.random(in: 60...400, using: &random)
    lean = [0.5, 0.5, 0.05, 0.98].randomElement(using: &random) ?? 0.5
    networkFaults = [0, 0.02, 0.08].randomElement(using: &random) ?? 0
    workerFaults = [0, 0.005, 0.02].randomElement(using: &random) ?? 0
    brokerFaults = [0, 0.005, 0.015].randomElement(using: &random) ?? 0
    clockJumps = [0, 0, 0.01].randomElement(using: &random) ?? 0
    heldCommits = [0, 0, 0.3].randomElement(using: &random) ?? 0
    stalledRestores = [0, 0, 0.15].randomElement(using: &random) ?? 0
  }

  var isLong: Bool { records > 1000 }
}
