import Columns

extension WindowedAggregation {
  func stateKey(_ gone: AbsorbedSession) -> [UInt8] {
    var key = [UInt8(ascii: "x")]
    KeyCodec.appendInt64(gone.start, to: &key)
    KeyCodec.appendInt64(gone.last, to: &key)
    groups.keys.withBytes(gone.group) { key.append(contentsOf: $0) }
    return key
  }

  /// Deletions that have not been emitted yet and are not stored yet.
  func takeAbsorbed() -> [StateEntry] {
    var entries: [StateEntry] = []
    for i in absorbed.indices where !absorbed[i].isPersisted {
      absorbed[i].isPersisted = true
      var writer = StateWriter()
      writer.byte(QueryEngine.version)
      writer.unsigned(fingerprint)
      // The order in which they are emitted.
      absorbed[i].place = (i > 0 ? absorbed[i - 1].place : 0) &+ 1
      writer.unsigned(absorbed[i].place)
      entries.append(StateEntry(key: stateKey(absorbed[i]), value: writer.bytes))
    }
    return entries
  }

  private func sessionKey(_ key: [UInt8]) throws(WindowsError) -> (group: Int32, start: Int64, last: Int64) {
    var reader = StateReader(Array(key.dropFirst()))
    let start = Int64(bitPattern: try reader.bigEndian() ^ 1 << 63)
    let last = Int64(bitPattern: try reader.bigEndian() ^ 1 << 63)
    guard rule.gap != nil, start >= 0, start <= last, last <= SourceStage.latestTime else {
      throw .corruptState("a session that cannot be")
    }
    let name = reader.rest()
    try check(name)
    return (groups.group(of: name), start, last)
  }

  func restoreSession(_ key: [UInt8], _ value: [UInt8]?) throws(WindowsError) {
    let (group, start, last) = try sessionKey(key)
    let known = sessions.sessions(group).first { store.starts[Int($0)] == start && sessions.last($0) == last }
    guard let value else {
      if let known { discard(known) }
      return
    }
    let slot = known ?? openSession(group, start, last)
    do throws(WindowsError) { try decode(value, slot) } catch {
      discard(slot)
      throw error
    }
    accumulators.forgetBounds()
  }

  func restoreAbsorbed(_ key: [UInt8], _ value: [UInt8]?) throws(WindowsError) {
    let (group, start, last) = try sessionKey(key)
    absorbed.removeAll { $0.group == group && $0.start == start && $0.last == last }
    guard let value else { return }
    var reader = StateReader(value)
    guard try reader.byte() == QueryEngine.version else { throw .corruptState("an unknown version") }
    guard try reader.unsigned() == fingerprint else { throw .corruptState("it is of another query") }
    let place = try reader.unsigned()
    guard reader.isAtEnd else { throw .corruptState("bytes after its end") }
    // Entries come in any order; each goes before those that follow it.
    let gone = AbsorbedSession(group: group, start: start, last: last, isPersisted: true, place: place)
    absorbed.insert(gone, at: absorbed.firstIndex { $0.place > place } ?? absorbed.count)
  }
}
