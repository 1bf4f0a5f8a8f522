import Columns
import SQL
import Values

extension WindowedAggregation {
  /// The emission of closed windows with rows for the missing ones among them, by end, then group.
  func filled(_ due: [Int32], _ closeTime: Int64, _ fill: inout WindowFill) -> Emission? {
    let known = due.map { (group: store.groups[Int($0)], start: store.starts[Int($0)]) }
    let missing = fill.missing(known, closeTime, rule).map { store.open($0.group, $0.start, next: 0) }
    defer { missing.forEach(discard) }
    var slots = due + missing
    guard !slots.isEmpty else {
      fill.expire(closeTime)
      return nil
    }
    let isBefore = output.order(groups, sorting: slots.count)
    slots.sort { a, b in
      let (x, y) = (store.starts[Int(a)], store.starts[Int(b)])
      return x == y ? isBefore(store.groups[Int(a)], store.groups[Int(b)]) : x < y
    }
    var (emission, satisfied) = output.rows(slots, self)
    let isFilled = Set(missing)
    for (slot, isSatisfied) in zip(slots, satisfied) where isSatisfied && !isFilled.contains(slot) { rollUp(slot) }
    var builders = output.types.map { ValueColumnBuilder($0, dictionary: dictionary) }
    var kept: [Int32] = []
    for (row, slot) in slots.enumerated() {
      let group = store.groups[Int(slot)]
      let isFilled = isFilled.contains(slot)
      // A filled row stands in for one that was emitted, so HAVING has nothing to say of it.
      let end = rule.end(store.starts[Int(slot)])
      guard isFilled ? fill.groups[group] != nil : satisfied[row] else {
        if !isFilled { fill.skip(group, end: end) }
        continue
      }
      var values = output.values(emission, row)
      if isFilled { values = fill.values(group, values) }
      fill.note(group, end: end, values, isFilled: isFilled)
      for (i, value) in values.enumerated() {
        do throws(ValueError) { try builders[i].append(value) } catch { builders[i].appendNull() }
      }
      kept.append(Int32(row))
    }
    fill.expire(closeTime)
    guard !kept.isEmpty else { return nil }
    emission = emission.gathered(kept)
    let names = emission.rows.columns.map(\.name)
    emission.rows = ColumnBatch(
      columns: zip(names, builders).map { $1.column(named: $0) }, rowCount: kept.count)
    return emission
  }

  func takeFilled() -> [StateEntry] {
    guard let changes = fill?.takeDirty() else { return [] }
    var entries = changes.removed.map { StateEntry(key: fillKey($0), value: nil) }
    for (group, held) in changes.changed {
      var writer = StateWriter()
      writer.byte(QueryEngine.version)
      writer.unsigned(fingerprint)
      writer.signed(held.seen)
      writer.signed(held.filled)
      writer.value(.array(held.values))
      entries.append(StateEntry(key: fillKey(group), value: writer.bytes))
    }
    return entries
  }

  private func fillKey(_ group: Int32) -> [UInt8] {
    [UInt8(ascii: "f")] + groups.keys.withBytes(group) { Array($0) }
  }

  func restoreFilled(_ key: [UInt8], _ value: [UInt8]?) throws(WindowsError) {
    guard fill != nil else { throw .corruptState("filled windows of a query that has none") }
    let name = Array(key.dropFirst())
    try check(name)
    let group = groups.group(of: name)
    guard let value else { fill?.restore(group, nil); return }
    var reader = StateReader(value)
    guard try reader.byte() == QueryEngine.version else { throw .corruptState("an unknown version") }
    guard try reader.unsigned() == fingerprint else { throw .corruptState("it is of another query") }
    let (seen, filled) = (try reader.signed(), try reader.signed())
    guard case .array(let values) = try reader.value(), reader.isAtEnd, values.count == output.types.count,
      rule.isStart(seen), rule.isStart(filled), seen <= filled
    else { throw .corruptState("a filled window that cannot be") }
    fill?.restore(
      group, WindowFill.Group(seen: seen, filled: filled, values: values, isPersisted: true, isDirty: false))
  }
}
