import SQL
import Windows

/// The engines of a query and of those that merge its windows, and what they have committed.
struct CaseEngines {
  let stage: SourceStage
  let engines: [QueryEngine]
  let table: MaterialisedTable?
  /// By part: the stage, the table, and each engine.
  private(set) var state: [String: [[UInt8]: [UInt8]]]

  init(_ members: [CaseMember], restoring state: [String: [[UInt8]: [UInt8]]] = [:]) throws(CaseError) {
    self.state = state
    do throws(WindowsError) {
      let plans = members.map(\.engine)
      let source = plans[0].source
      let reach = plans.compactMap(\.aggregation?.window.reach).max() ?? 0
      stage = try SourceStage(source: source, retention: max(source.deduplicateWithin, reach))
      table = try plans[0].join.map { join throws(WindowsError) in try MaterialisedTable(join.table) }
      var engines: [QueryEngine] = []
      for plan in plans {
        let base = plan.rollUp.flatMap { rollUp in engines.first { $0.plan.id == rollUp.query } }
        engines.append(try QueryEngine(plan, stage: stage, base: base, table: table, emissionTime: .newestRecord))
      }
      self.engines = engines
      try restore()
    } catch {
      throw CaseError(error)
    }
  }

  private func restore() throws(WindowsError) {
    for (key, value) in state["stage"] ?? [:] { try stage.restore(key: key, value: value) }
    for (key, value) in state["table"] ?? [:] { try table?.restore(key: key, value: value) }
    for engine in engines {
      for (key, value) in state[engine.plan.id] ?? [:] { try engine.restore(key: key, value: value) }
    }
  }

  /// Takes up what has changed.
  mutating func commit() {
    for entry in stage.takeDirty() { state["stage", default: [:]][entry.key] = entry.value }
    for entry in table?.takeDirty() ?? [] { state["table", default: [:]][entry.key] = entry.value }
    for engine in engines {
      for entry in engine.takeDirty() { state[engine.plan.id, default: [:]][entry.key] = entry.value }
    }
  }
}
