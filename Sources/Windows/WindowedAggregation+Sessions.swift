import SQL

// SESSION windows. A record joins every session of its group that reaches to within the gap of it, both ends included, and so
// brings sessions together; it is late when even the session that would result is.
extension WindowedAggregation {
  /// Adds the rows of a chunk. Rows are added to their sessions in runs, which end where sessions are brought together.
  func addSessions(
    _ chunk: Range<Int>, _ groups: UnsafeBufferPointer<Int32>, _ times: UnsafeBufferPointer<Int64>, _ gap: Int64,
    isSafe: Bool, _ pass: inout BatchPass
  ) {
    var done = chunk.lowerBound
    func flush(_ row: Int) {
      if done < row { accumulators.add(done..<row, UnsafePointer(slots) + (done - chunk.lowerBound), &store) }
      done = row
    }
    for row in chunk {
      let at = row - chunk.lowerBound
      guard groups[row] >= 0 else {
        slots[at] = 0
        pass.note(row, groups[row])
        continue
      }
      pass.clock.advance(to: times[row])
      let joined = joined(groups[row], times[row], gap, pass.clock.closeTime)
      if joined.isEmpty, times[row] + 1 <= pass.clock.closeTime {
        slots[at] = 0
        pass.lateSession(row, times[row])
      } else if isSafe, joined.count < 2 {
        slots[at] = take(row, times[row], groups[row], joined.first)
      } else {
        flush(row)
        slots[at] = takeCarefully(row, times[row], groups[row], joined)
        if slots[at] == 0 { pass.failed.append(row) }
        flush(row + 1)
      }
    }
    flush(chunk.upperBound)
  }

  /// The open sessions that a record joins.
  private func joined(_ group: Int32, _ time: Int64, _ gap: Int64, _ closeTime: Int64) -> ArraySlice<Int32> {
    let all = sessions.sessions(group)
    func isJoined(_ slot: Int32) -> Bool {
      let last = sessions.last(slot)
      return last + 1 > closeTime && last >= time - gap && store.starts[Int(slot)] <= time + gap
    }
    guard let first = all.firstIndex(where: isJoined), let last = all.lastIndex(where: isJoined) else { return [] }
    // They follow one another, unless one that has closed and not been emitted yet lies between them.
    let found = all[first...last]
    return found.allSatisfy(isJoined) ? found : ArraySlice(found.filter(isJoined))
  }

  /// The session of a record that joins at most one: that one, grown if need be, or a new one.
  private func take(_ row: Int, _ time: Int64, _ group: Int32, _ session: Int32?) -> Int32 {
    guard let slot = session else {
      let slot = openSession(group, time, time)
      mark(slot)
      return slot
    }
    let (start, last) = (store.starts[Int(slot)], sessions.last(slot))
    if start != time || last != time { absorb(slot) }
    if time < start || time > last { move(slot, min(start, time), max(last, time)) }
    mark(slot)
    return slot
  }

  /// The same for any number of sessions, and with every sum checked; 0 when the row cannot be added.
  private func takeCarefully(_ row: Int, _ time: Int64, _ group: Int32, _ joined: ArraySlice<Int32>) -> Int32 {
    let isFailed = accumulators.failures?[row] ?? false
    if joined.count == 1, let slot = joined.first {
      guard !isFailed, accumulators.canAdd(row, slot, store) else { return 0 }
      return take(row, time, group, slot)
    }
    let start = joined.map { store.starts[Int($0)] }.min() ?? time
    let last = joined.map { sessions.last($0) }.max() ?? time
    let slot = openSession(group, min(start, time), max(last, time))
    let isMerged = joined.allSatisfy { accumulators.merge($0, into: slot, &store) }
    guard !isFailed, isMerged, accumulators.canAdd(row, slot, store) else {
      discard(slot)
      return 0
    }
    for part in joined {
      absorb(part)
      forget(part)
      discard(part)
    }
    mark(slot)
    return slot
  }

  func openSession(_ group: Int32, _ start: Int64, _ last: Int64) -> Int32 {
    let slot = store.open(group, start, next: 0)
    let starts = store.starts
    sessions.insert(slot, group, last: last) { starts[Int($0)] < starts[Int($1)] }
    return slot
  }

  private func move(_ slot: Int32, _ start: Int64, _ last: Int64) {
    forget(slot)
    if start != store.starts[Int(slot)] { store.move(slot, to: start) }
    sessions.setLast(slot, last)
  }

  /// The stored entry of a session that will have other bounds is removed.
  private func forget(_ slot: Int32) {
    guard store.flags[Int(slot)].remove(.persisted) != nil else { return }
    removed.append(StateEntry(key: stateKey(slot), value: nil))
  }

  /// An emitted row is deleted before its session is emitted anew.
  private func absorb(_ slot: Int32) {
    guard store.flags[Int(slot)].remove(.emitted) != nil else { return }
    absorbed.append(
      AbsorbedSession(
        group: store.groups[Int(slot)], start: store.starts[Int(slot)], last: sessions.last(slot), isPersisted: false))
  }

  /// Sessions that end at or before `closeTime`, by end, then start, then group.
  func dueSessions(_ closeTime: Int64) -> [Int32] {
    let due = sessions.takeDue(closeTime)
    guard due.count > 1 else { return due }
    let isBefore = output.order(groups, sorting: due.count)
    return due.sorted { a, b in
      let (x, y) = (bounds(a), bounds(b))
      if x.end != y.end { return x.end < y.end }
      return x.start == y.start ? isBefore(store.groups[Int(a)], store.groups[Int(b)]) : x.start < y.start
    }
  }

  /// Empty windows that stand for the rows to delete, until `closeDeletion`.
  func openDeletions() -> [Int32] {
    guard !absorbed.isEmpty else { return [] }
    let slots = absorbed.map { openSession($0.group, $0.start, $0.last) }
    for gone in absorbed where gone.isPersisted { removed.append(StateEntry(key: stateKey(gone), value: nil)) }
    absorbed.removeAll()
    return slots
  }

  func closeDeletion(_ slot: Int32) { discard(slot) }
}

extension BatchPass {
  /// Records that a record came after its session had closed.
  mutating func lateSession(_ row: Int, _ time: Int64) {
    late.append(
      LateRow(
        row: row, windowStart: time, windowEnd: time, streamTime: clock.streamTime, lateness: clock.streamTime - time,
        isDropped: true))
  }
}
