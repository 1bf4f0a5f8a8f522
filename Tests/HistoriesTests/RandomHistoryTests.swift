import Histories
import TestSupport
import Testing

/// Random histories of a cluster that is right, and of the same with one thing wrong.
@Suite struct RandomHistoryTests {
  @Test func `nothing is found in a history of a cluster that is right, and each anomaly wherever it is planted`() {
    var seeds = SeededGenerator.forTest("histories")
    var planted: [Anomaly.Kind: Int] = [:]
    var effort = Effort("history checker", quick: 60)
    while effort.goesOn() {
      let seed = seeds.next()
      let clean = HistoryChecker.check(RandomHistory(SeededGenerator(seed: seed)).recorder.history)
      #expect(clean.anomalies.isEmpty, "history \(seed): \(clean)")
      for kind in Anomaly.Kind.allCases {
        let history = RandomHistory(SeededGenerator(seed: seed), fault: kind)
        guard history.isPlanted else { continue }
        planted[kind, default: 0] += 1
        let report = HistoryChecker.check(history.recorder.history)
        #expect(report.kinds[kind] != nil, "history \(seed): \(kind) was planted; \(report)")
      }
    }
    for kind in Anomaly.Kind.allCases { #expect(planted[kind, default: 0] > effort.rounds / 2, "\(kind)") }
    let tried = effort.rounds + planted.values.reduce(0, +)
    effort.report(tried: tried, unit: "histories", seed: seeds.seed, remark: "an anomaly planted in all but \(effort.rounds)")
  }
}
