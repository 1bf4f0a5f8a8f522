import SQL
import Windows

/// The engines of a query and of those that merge its windows, and what they have committed.
struct CaseEngines {
  let stage: SourceStage
  let engines: [QueryEngine]
  /// By part: the stage, and each engine.
  private(set) var state: [String: [[UInt8]: [UInt8]]]

  init(_ members: [CaseMember], restoring state: [String: [[UInt8]: [UInt8]]] = [:]) throws(CaseError) {
    self.state = state
    do throws(WindowsError) {
      let plans = members.map(\.engine)
      let source = plans[0].source
      let reach = plans.compactMap(\.aggregation?.window.reach).max() ?? 0
      stage = try SourceStage(source: source, retention: max(source.deduplicateWithin, reach))
      var engines: [QueryEngine] = []
      for plan in plans { engines.append(try QueryEngine(plan, stage: stage, emissionTime: .newestRecord)) }
      self.engines = engines
      try restore()
    } catch {
      throw CaseError(error)
    }
  }

  private func restore() throws(WindowsError) {
    for (key, value) in state["stage"] ?? [:] { try stage.restore(key: key, value: value) }
    for engine in engines {
      for (key, value) in state[engine.plan.id] ?? [:] { try engine.restore(key: key, value: value) }
    }
  }

  /// Takes up what has changed.
  mutating func commit() {
    for entry in stage.takeDirty() { state["stage", default: [:]][entry.key] = entry.value }
    for engine in engines {
      for entry in engine.takeDirty() { state[engine.plan.id, default: [:]][entry.key] = entry.value }
    }
  }
}
