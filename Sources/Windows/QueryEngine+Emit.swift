import Columns
import SQL

extension QueryEngine {
  /// Closes every window that ends at or before `closeTime` and returns what is to be emitted now: with EMIT FINAL the
  /// closed windows that satisfy HAVING, with EMIT CHANGES every window touched since the last call. Nil when there is
  /// nothing. Closed windows leave the state.
  ///
  /// Of queries of which one reads the windows of another, that other comes first.
  public func closeDue() -> Emission? {
    takeRolledUp()
    return tables?.emit() ?? aggregation?.emit(closeTime: closeTime)
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
  public var failedOutputValues: Int { (aggregation?.output ?? tables?.output)?.failedValues ?? 0 }
}

extension WindowedAggregation {
  /// The largest end of an open window.
  var lastOpenEnd: Int64 {
    if rule.isUnbounded { return 0 }
    return rule.gap == nil ? ends.all.filter { ends.head($0) != 0 }.max() ?? 0 : sessions.lastEnd
  }

  func emit(closeTime: Int64) -> Emission? {
    let due = takeDue(closeTime)
    closedTo = Swift.max(closedTo, closeTime)
    let emission: Emission?
    switch plan.emit {
    case .final:
      if fill == nil { emission = finals(due) } else { emission = takeFill(due, closeTime) }
    case .changes:
      emission = changes()
      for slot in due where plan.having == nil || store.flags[Int(slot)].contains(.emitted) { rollUp(slot) }
    }
    for slot in due { close(slot) }
    return emission
  }

  /// Slots of windows that end at or before `closeTime`, by end, then group.
  private func takeDue(_ closeTime: Int64) -> [Int32] {
    if rule.gap != nil { return dueSessions(closeTime) }
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
    for (slot, isSatisfied) in zip(due, satisfied) where isSatisfied { rollUp(slot) }
    if !satisfied.contains(false) { return emission }
    let kept = satisfied.indices.filter { satisfied[$0] }.map { Int32($0) }
    return kept.isEmpty ? nil : emission.gathered(kept)
  }

  private func changes() -> Emission? {
    var slots = touched.filter { store.flags[Int($0)].contains(.touched) }
    touched.removeAll(keepingCapacity: true)
    guard !slots.isEmpty || !absorbed.isEmpty else { return nil }
    // Taken out first: the same slot may stand twice in the list after its reuse.
    slots = slots.filter { store.flags[Int($0)].remove(.touched) != nil }
    let isBefore = output.order(groups, sorting: slots.count)
    slots.sort { a, b in
      let (first, second) = (store.starts[Int(a)], store.starts[Int(b)])
      if first != second { return first < second }
      let (x, y) = (store.groups[Int(a)], store.groups[Int(b)])
      // Two sessions of a group may begin together when one of them has closed.
      return x == y && rule.gap != nil ? sessions.last(a) < sessions.last(b) : isBefore(x, y)
    }
    startEpoch()
    let deletions = openDeletions()
    var (emission, satisfied) = output.rows(deletions + slots, self)
    deletions.forEach(closeDeletion)
    var kept = deletions.indices.map { Int32($0) }
    for i in deletions.indices { emission.isTombstone[i] = true }
    for (i, slot) in zip(deletions.count..., slots) {
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
    if kept.count == emission.count { return emission }
    return kept.isEmpty ? nil : emission.gathered(kept)
  }

  private func takeFill(_ due: [Int32], _ closeTime: Int64) -> Emission? {
    guard var taken = fill.take() else { return nil }
    defer { fill = taken }
    return filled(due, closeTime, &taken)
  }

  func rollUp(_ slot: Int32) { for rollUp in rollUps { rollUp.take(slot, of: self) } }

  private func close(_ slot: Int32) {
    if store.flags[Int(slot)].contains(.persisted) {
      removed.append(StateEntry(key: stateKey(slot), value: nil))
    }
    discard(slot)
  }

  /// Frees the slot of a window that is no more.
  func discard(_ slot: Int32) {
    if rule.gap != nil { sessions.remove(slot, store.groups[Int(slot)]) }
    accumulators.discard(slot)
    store.close(slot)
  }
}
