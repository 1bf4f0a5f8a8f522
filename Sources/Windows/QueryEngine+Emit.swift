import Columns
import SQL

extension QueryEngine {
  /// Closes every window that ends at or before `closeTime` and returns what is to be emitted now: with EMIT FINAL the
  /// closed windows that satisfy HAVING, with EMIT CHANGES every window touched since the last call. Nil when there is
  /// nothing. Closed windows leave the state.
  public func closeDue() -> Emission? {
    aggregation?.emit(closeTime: closeTime)
  }

  /// Closes every window that ends at or before `frontier` (microseconds), as if time had reached it: for a partition
  /// that has been silent. Later records for these windows are late. The frontier is part of the state.
  public func closeIdle(frontier: Int64) -> Emission? {
    raise(to: frontier)
    return closeDue()
  }

  /// Closes every open window, as at the end of bounded input.
  public func closeAll() -> Emission? {
    raise(to: aggregation?.lastOpenEnd ?? 0)
    return closeDue()
  }

  private func raise(to frontier: Int64) {
    guard frontier > self.frontier else { return }
    // Bounded as event times are, so that stored frontiers can be told from broken ones.
    self.frontier = Swift.min(frontier, SourceStage.latestTime + WindowRule.longest)
    isMetaDirty = true
  }

  /// Values of emitted rows that could not be computed (a division by zero in the SELECT, say) and were emitted as NULL.
  public var failedOutputValues: Int { aggregation?.output.failedValues ?? 0 }
}

extension WindowedAggregation {
  /// The largest end of an open window.
  var lastOpenEnd: Int64 { ends.all.filter { ends.head($0) != 0 }.max() ?? 0 }

  func emit(closeTime: Int64) -> Emission? {
    let due = takeDue(closeTime)
    let emission: Emission?
    switch plan.emit {
    case .final: emission = finals(due)
    case .changes: emission = changes()
    }
    for slot in due { close(slot) }
    return emission
  }

  /// Slots of windows that end at or before `closeTime`, by end, then group.
  private func takeDue(_ closeTime: Int64) -> [Int32] {
    var due: [Int32] = []
    while let end = ends.smallest, end <= closeTime {
      var slot = ends.pop()
      let first = due.count
      while slot != 0 {
        due.append(slot)
        slot = store.links[Int(slot)]
      }
      guard due.count - first > 1 else { continue }
      let isBefore = output.order(groups, sorting: due.count - first)
      due[first...].sort { isBefore(store.groups[Int($0)], store.groups[Int($1)]) }
    }
    return due
  }

  private func finals(_ due: [Int32]) -> Emission? {
    guard !due.isEmpty else { return nil }
    let (emission, satisfied) = output.rows(due, self)
    if !satisfied.contains(false) { return emission }
    let kept = satisfied.indices.filter { satisfied[$0] }.map { Int32($0) }
    return kept.isEmpty ? nil : emission.gathered(kept)
  }

  private func changes() -> Emission? {
    var slots = touched.filter { store.flags[Int($0)].contains(.touched) }
    touched.removeAll(keepingCapacity: true)
    guard !slots.isEmpty else { return nil }
    // Taken out first: the same slot may stand twice in the list after its reuse.
    slots = slots.filter { store.flags[Int($0)].remove(.touched) != nil }
    let isBefore = output.order(groups, sorting: slots.count)
    slots.sort { a, b in
      let (first, second) = (store.starts[Int(a)], store.starts[Int(b)])
      return first == second ? isBefore(store.groups[Int(a)], store.groups[Int(b)]) : first < second
    }
    startEpoch()
    var (emission, satisfied) = output.rows(slots, self)
    var kept: [Int32] = []
    for (i, slot) in slots.enumerated() {
      // What was emitted is part of the state, also where the window's values were stored before.
      if !store.flags[Int(slot)].contains(.dirty) {
        store.flags[Int(slot)].insert(.dirty)
        dirty.append(slot)
      }
      let wasEmitted = store.flags[Int(slot)].contains(.emitted)
      guard satisfied[i] || wasEmitted else { continue }
      emission.isTombstone[i] = !satisfied[i]
      store.flags[Int(slot)].formSymmetricDifference(satisfied[i] != wasEmitted ? .emitted : [])
      kept.append(Int32(i))
    }
    if kept.count == slots.count { return emission }
    return kept.isEmpty ? nil : emission.gathered(kept)
  }

  private func close(_ slot: Int32) {
    if store.flags[Int(slot)].contains(.persisted) {
      removed.append(StateEntry(key: stateKey(slot), value: nil))
    }
    store.close(slot)
  }
}
