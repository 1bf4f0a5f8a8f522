import Foundation
import TestSupport
import Testing

/// SIGKILL before and after every named step, at its first, second and last occurrence. Whoever goes on finds all there is, once.
@Suite struct `Crash points` {
  @Test func `every crash point is named by a literal at the call and has both sides`() throws {
    let catalogue = try CrashPointCatalogue()
    #expect(catalogue.names.count > 40)
    #expect(catalogue.unreadable.isEmpty, "only CrashPoint.hit(\"literal\") can be listed: \(catalogue.unreadable)")
    #expect(catalogue.lopsided.isEmpty)
  }

  @Test func `what the catalogue cannot read it says`() {
    let text = """
      import CrashPoints
      CrashPoint.hit("a.b")
      CrashPoint.hit("a.b", .after)
      CrashPoint.hit("c", side)
      func f(_ side: CrashPoint.Side) {}
      let name: StaticString = "d"
      CrashPoint.hit(name)
      let g = CrashPoint.hit
      CrashPoint.hit("e\\(1)")
      """
    let catalogue = CrashPointCatalogue(text: text)
    #expect(catalogue.points.map(\.description).sorted() == ["a.b:after", "a.b:before", "c:after", "c:before"])
    #expect(catalogue.unreadable == ["text:7", "text:8", "text:9"])
  }

  @Test func `a kill at any crash point changes nothing`() throws {
    let random = SeededGenerator.forTest("crash points")
    let all = CrashStages.all(seed: random.seed)
    let isForeign = Scene.isForeign
    var effort = Effort("kill -9 at named points", quick: 1)
    var runs = 0
    var names: Set<String> = []
    while effort.goesOn() {
      var plan = try CrashPlan { try all().filter { !isForeign || !$0.killsBroker } }
      try plan.carryOut(lanes: CrashStages.lanes)
      if effort.rounds == 1 { print(plan.table) }
      for finding in plan.findings + plan.rows.flatMap(\.findings) { Issue.record("\(finding)") }
      expectComplete(plan, isForeign)
      runs += plan.runs
      names = Set(plan.rows.map(\.point.name))
    }
    effort.report(
      tried: runs, unit: "kills", seed: random.seed,
      remark: "\(names.count) points, before and after, first, second and last; \(effort.rounds) rounds")
  }

  /// A name without a run is a failure, whoever added it.
  private func expectComplete(_ plan: CrashPlan, _ isForeign: Bool) {
    guard let catalogue = try? CrashPointCatalogue() else { return }
    let killed = Set(plan.rows.filter { !$0.killed.isEmpty }.map(\.point))
    let missing = catalogue.points.subtracting(killed).sorted()
    guard isForeign else {
      #expect(missing.isEmpty, "no run died at \(missing.map(\.description).joined(separator: ", "))")
      return
    }
    // Whose broker it is decides what may be killed.
    let others = missing.filter { !CrashStages.isOfBroker($0.name) }
    #expect(others.isEmpty, "no run died at \(others.map(\.description).joined(separator: ", "))")
    print(
      "SKIPPED: \(missing.count - others.count) points of the broker, since WICK_TEST_BOOTSTRAP names one that is not ours to kill"
    )
  }
}
