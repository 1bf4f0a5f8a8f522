import Columns
import SQL
import Values

// One entry per row of the table that is in a group, `r` and its key, and one per group, `g` and its key.
extension TableAggregation {
  func takeDirty() -> [StateEntry] {
    defer {
      dirtyRows.removeAll()
      dirtyGroups.removeAll()
    }
    let parts = dirtyRows.map { key in
      StateEntry(key: [UInt8(ascii: "r")] + key, value: rows[key].map { encode($0) })
    }
    return parts + dirtyGroups.compactMap { key in groups[key].map { entry(key, $0) } }
  }

  private func entry(_ key: [UInt8], _ group: Group) -> StateEntry {
    // A group that was never seen outside and holds nothing is none.
    let isNothing = group.rows == 0 && !group.isEmitted && !group.isTouched
    if isNothing { groups[key] = nil }
    return StateEntry(key: [UInt8(ascii: "g")] + key, value: isNothing ? nil : encode(group))
  }

  private func encode(_ part: Part) -> [UInt8] {
    var writer = StateWriter()
    writer.byte(QueryEngine.version)
    writer.unsigned(fingerprint)
    part.group.withUnsafeBytes { writer.counted($0) }
    writer.signed(part.sequence)
    writer.value(.array(part.values))
    return writer.bytes
  }

  private func encode(_ group: Group) -> [UInt8] {
    var writer = StateWriter()
    writer.byte(QueryEngine.version)
    writer.unsigned(fingerprint)
    writer.byte((group.isTouched ? 1 : 0) | (group.isEmitted ? 2 : 0))
    writer.signed(group.rows)
    writer.signed(group.time)
    for aggregate in group.aggregates {
      var content = StateWriter()
      aggregate.encode(&content)
      content.bytes.withUnsafeBytes { writer.counted($0) }
    }
    return writer.bytes
  }

  func restoreRow(_ key: [UInt8], _ value: [UInt8]?) throws(WindowsError) {
    try keys.check(key)
    guard let value else {
      rows[key] = nil
      return
    }
    var reader = try begin(value)
    let group = try reader.counted()
    let sequence = try reader.signed()
    guard case .array(let values) = try reader.value(), reader.isAtEnd else { throw .corruptState("a row of other columns") }
    try check(values, argumentTypes)
    try checkGroup(group)
    rows[key] = Part(group: group, values: values, sequence: sequence)
  }

  func restoreGroup(_ key: [UInt8], _ value: [UInt8]?) throws(WindowsError) {
    let names = try checkGroup(key)
    touched.removeAll { $0 == key }
    guard let value else {
      groups[key] = nil
      return
    }
    var reader = try begin(value)
    let group = Group(names, plans)
    let flags = try reader.byte()
    guard flags < 4 else { throw .corruptState("unknown flags") }
    (group.isTouched, group.isEmitted) = (flags & 1 != 0, flags & 2 != 0)
    group.rows = try reader.signed()
    group.time = try reader.signed()
    guard (0...1 << 60).contains(group.rows), (-1...SourceStage.latestTime).contains(group.time) else {
      throw .corruptState("counts or times out of range")
    }
    for aggregate in group.aggregates {
      var content = StateReader(try reader.counted())
      try aggregate.decode(&content)
      guard content.isAtEnd else { throw .corruptState("bytes after its end") }
    }
    guard reader.isAtEnd else { throw .corruptState("bytes after its end") }
    groups[key] = group
    guard group.isTouched else { return }
    touched.append(key)
    touched.sort { $0.lexicographicallyPrecedes($1) }
  }

  private func begin(_ value: [UInt8]) throws(WindowsError) -> StateReader {
    var reader = StateReader(value)
    guard try reader.byte() == QueryEngine.version else { throw .corruptState("an unknown version") }
    guard try reader.unsigned() == fingerprint else { throw .corruptState("it is of another query") }
    return reader
  }

  /// The values of a group's key.
  @discardableResult
  private func checkGroup(_ key: [UInt8]) throws(WindowsError) -> [Value] {
    do throws(ValueError) {
      guard case .array(let values) = try Value(decoding: key) else { throw ValueError.corrupt("no key") }
      do throws(WindowsError) { try check(values, plan.groupBy.map(\.type)) } catch { throw ValueError.corrupt("no key") }
      return values
    } catch { throw .corruptState("a group of other columns") }
  }

  private func check(_ values: [Value], _ types: [SQLType]) throws(WindowsError) {
    guard values.count == types.count else { throw .corruptState("another number of values") }
    for (value, type) in zip(values, types) {
      var builder = ValueColumnBuilder(type, dictionary: StringDictionary())
      do throws(ValueError) { try builder.append(value) } catch { throw .corruptState("a value of another type") }
    }
  }
}
