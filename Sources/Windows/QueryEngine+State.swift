import Columns
import SQL

// The changelog of a query: one entry per open window and one for the query itself. Keys: `m`; `w` with the window's
// start, for sessions also the time of the last record, and the group's key; `x` likewise for a deletion to emit;
// `f` with the group's key for what fills its next windows; `r` and `g` for rows and groups of a table. Values begin with a version and the fingerprint of the plan's aggregates.
extension QueryEngine {
  static let version: UInt8 = 1

  /// What changed since the last call, closed windows as tombstones: to be written with the commit. Each key replaces its
  /// last value. Call `closeDue` first, so that closed windows are not stored.
  public func takeDirty() -> [StateEntry] {
    var entries = tables?.takeDirty() ?? aggregation?.takeDirty() ?? []
    guard isMetaDirty else { return entries }
    isMetaDirty = false
    var writer = StateWriter()
    writer.byte(Self.version)
    writer.unsigned(fingerprint)
    for value in [
      streamTime, frontier, totals.consumed, totals.aggregated, totals.filtered, totals.late, totals.nullKey,
      totals.overflow,
    ] { writer.signed(value) }
    entries.append(StateEntry(key: [UInt8(ascii: "m")], value: writer.bytes))
    return entries
  }

  /// Puts back one entry of `takeDirty`. Of entries with the same key the last one counts. Call before the first batch;
  /// what follows is then identical to never having stopped. Throws, and never traps, on bytes that are not this plan's.
  public func restore(key: [UInt8], value: [UInt8]?) throws(WindowsError) {
    switch key.first {
    case UInt8(ascii: "m"):
      if let value { try restoreMeta(value) }
    case UInt8(ascii: "w"):
      guard let aggregation else { throw .corruptState("windows of a query that has none") }
      try aggregation.restore(key, value)
    case UInt8(ascii: "x"):
      guard let aggregation else { throw .corruptState("sessions of a query that has none") }
      try aggregation.restoreAbsorbed(key, value)
    case UInt8(ascii: "f"):
      guard let aggregation else { throw .corruptState("filled windows of a query that has none") }
      try aggregation.restoreFilled(key, value)
    case UInt8(ascii: "r"), UInt8(ascii: "g"):
      guard let tables else { throw .corruptState("rows of a query that reads no table") }
      if key[0] == UInt8(ascii: "r") {
        try tables.restoreRow(Array(key.dropFirst()), value)
      } else {
        try tables.restoreGroup(Array(key.dropFirst()), value)
      }
    default: throw .corruptState("an unknown key")
    }
  }

  private var fingerprint: UInt64 { tables?.fingerprint ?? aggregation?.fingerprint ?? 0 }

  private func restoreMeta(_ value: [UInt8]) throws(WindowsError) {
    var reader = StateReader(value)
    guard try reader.byte() == Self.version else { throw .corruptState("an unknown version") }
    guard try reader.unsigned() == fingerprint else { throw .corruptState("it is of another query") }
    var fields: [Int64] = []
    for _ in 0..<8 { fields.append(try reader.signed()) }
    guard reader.isAtEnd, fields[0] >= -1, fields[0] <= SourceStage.latestTime, fields[1] >= 0,
      fields[1] <= SourceStage.latestTime + WindowRule.longest, fields[2...].allSatisfy({ (0...1 << 60).contains($0) })
    else { throw .corruptState("times or counts out of range") }
    (streamTime, frontier) = (fields[0], fields[1])
    (totals.consumed, totals.aggregated, totals.filtered) = (fields[2], fields[3], fields[4])
    (totals.late, totals.nullKey, totals.overflow) = (fields[5], fields[6], fields[7])
  }
}

extension WindowedAggregation {
  func stateKey(_ slot: Int32) -> [UInt8] {
    var key = [UInt8(ascii: "w")]
    KeyCodec.appendInt64(store.starts[Int(slot)], to: &key)
    if rule.gap != nil { KeyCodec.appendInt64(sessions.last(slot), to: &key) }
    groups.keys.withBytes(store.groups[Int(slot)]) { key.append(contentsOf: $0) }
    return key
  }

  func takeDirty() -> [StateEntry] {
    var entries = removed
    removed.removeAll()
    for slot in dirty where store.flags[Int(slot)].contains(.dirty) {
      store.flags[Int(slot)].remove(.dirty)
      store.flags[Int(slot)].insert(.persisted)
      entries.append(StateEntry(key: stateKey(slot), value: encode(slot, fingerprint)))
    }
    dirty.removeAll(keepingCapacity: true)
    entries += takeAbsorbed() + takeFilled()
    startEpoch()
    return entries
  }

  private func encode(_ slot: Int32, _ fingerprint: UInt64) -> [UInt8] {
    var writer = StateWriter()
    writer.byte(QueryEngine.version)
    writer.unsigned(fingerprint)
    writer.byte(store.flags[Int(slot)].intersection([.touched, .emitted]).rawValue)
    let record = store.words + Int(slot) * layout.stride
    writer.signed(record[0])
    writer.signed(record[1])
    for i in 0..<store.nullWidth { writer.signed(store.nullCount(slot, i)) }
    for (accumulator, offset) in zip(layout.accumulators, layout.offsets) {
      for k in 0..<accumulator.words {
        if accumulator.form == .text, k == 0 {
          encodeText(record[offset], &writer)
        } else {
          writer.signed(record[offset + k])
        }
      }
    }
    accumulators.encodeCollectors(slot, &writer)
    return writer.bytes
  }

  private func encodeText(_ code: Int64, _ writer: inout StateWriter) {
    writer.byte(code < 0 ? 0 : 1)
    // Code 0 is also what a value never set holds; its dictionary may be empty then.
    guard code >= 0, code < Int64(dictionary.count) else { return writer.unsigned(0) }
    dictionary.withBytes(Int32(code)) { writer.counted($0) }
  }

  func restore(_ key: [UInt8], _ value: [UInt8]?) throws(WindowsError) {
    if rule.gap != nil { return try restoreSession(key, value) }
    var reader = StateReader(Array(key.dropFirst()))
    let start = Int64(bitPattern: try reader.bigEndian() ^ 1 << 63)
    guard rule.isStart(start) else { throw .corruptState("a window that the query does not have") }
    let name = reader.rest()
    try check(name)
    let group = groups.group(of: name)
    let known = store.find(group, start)
    guard let value else {
      if known != 0 { remove(known, start) }
      return
    }
    let slot = known != 0 ? known : open(group, start)
    do throws(WindowsError) { try decode(value, slot) } catch {
      remove(slot, start)
      throw error
    }
    accumulators.forgetBounds()
  }

  private func remove(_ slot: Int32, _ start: Int64) {
    let end = rule.end(start)
    var previous = ends.head(end)
    if previous == slot {
      ends.setHead(end, store.links[Int(slot)])
    } else {
      while store.links[Int(previous)] != slot { previous = store.links[Int(previous)] }
      store.setLink(previous, store.links[Int(slot)])
    }
    discard(slot)
  }

  func check(_ name: [UInt8]) throws(WindowsError) {
    var reader = KeyReader(name)
    for type in groups.types {
      var unused = ColumnBuilder(type, dictionary: StringDictionary())
      try reader.read(type, into: &unused)
    }
    guard reader.isAtEnd else { throw .corruptState("a key of other columns") }
  }

  func decode(_ value: [UInt8], _ slot: Int32) throws(WindowsError) {
    var reader = StateReader(value)
    guard try reader.byte() == QueryEngine.version else { throw .corruptState("an unknown version") }
    guard try reader.unsigned() == fingerprint else { throw .corruptState("it is of another query") }
    let flags = WindowStore.Flags(rawValue: try reader.byte())
    guard flags.isSubset(of: [.touched, .emitted]) else { throw .corruptState("unknown flags") }
    let record = store.words + Int(slot) * layout.stride
    let count = try reader.signed()
    guard count > 0 else { throw .corruptState("a window without records") }
    record[0] = count
    record[1] = try reader.signed()
    for i in 0..<store.nullWidth {
      let nulls = try reader.signed()
      guard nulls >= 0, nulls <= count else { throw .corruptState("more NULLs than records") }
      store.setNullCount(slot, i, nulls)
    }
    for (accumulator, offset) in zip(layout.accumulators, layout.offsets) {
      for k in 0..<accumulator.words {
        record[offset + k] =
          accumulator.form == .text && k == 0 ? try decodeText(&reader) : try reader.signed()
      }
    }
    try accumulators.decodeCollectors(slot, &reader)
    guard reader.isAtEnd else { throw .corruptState("bytes after its end") }
    store.flags[Int(slot)] = flags.union([.open, .persisted])
    if flags.contains(.touched) { touched.append(slot) }
  }

  private func decodeText(_ reader: inout StateReader) throws(WindowsError) -> Int64 {
    let isSet = try reader.byte() == 1
    let bytes = try reader.counted()
    return isSet ? Int64(bytes.withUnsafeBytes { dictionary.code(of: $0) }) : -1
  }
}
