extension Analyzer {
  /// ksqlDB's grace where none is given with EMIT CHANGES: what is left of a day after the window.
  static let day: Int64 = 86_400_000_000

  /// The most windows one record may lie in.
  private static let mostWindows: Int64 = 100_000

  func windowPlan(_ window: Window, emit: Query.Emit?) throws(SQLError) -> WindowPlan {
    let size = window.size.microseconds
    guard size > 0 else { throw text.error("a window cannot be empty", at: window.size.range) }
    let grace = window.grace?.microseconds ?? (emit?.mode == .final ? 0 : max(0, Self.day - size))
    let kept = size + grace
    if let retention = window.retention, retention.microseconds < kept {
      let length = window.kind == .session ? "the gap" : "SIZE"
      throw text.error(
        "RETENTION must be at least \(length) and GRACE PERIOD together, which is \(TimeUnit.describe(kept))",
        at: retention.range)
    }
    if window.kind == .session {
      return .session(SessionWindow(gap: size, grace: grace, retention: window.retention?.microseconds))
    }
    let advance = window.advance?.microseconds ?? size
    guard advance > 0, advance <= size else {
      throw text.error(
        "a window advances by more than nothing and by at most its size", at: (window.advance ?? window.size).range)
    }
    guard size / advance < Self.mostWindows else {
      throw text.error(
        "a record would lie in more than \(Self.mostWindows) windows at once; raise ADVANCE BY", at: window.range)
    }
    var plan = TimeWindow(size: size, advance: advance, grace: grace, retention: window.retention?.microseconds)
    try place(window, &plan)
    return .time(plan)
  }

  /// OFFSET and TIME ZONE.
  private func place(_ window: Window, _ plan: inout TimeWindow) throws(SQLError) {
    if let offset = window.offset {
      guard offset.microseconds < plan.advance else {
        throw text.error(
          "OFFSET must be less than \(TimeUnit.describe(plan.advance)), after which the next window begins", at: offset.range)
      }
      plan.offset = offset.microseconds
    }
    guard let zone = window.timeZone else { return }
    guard plan.isTumbling, plan.size % Self.day == 0 else {
      throw text.error("TIME ZONE is for TUMBLING windows of whole days", at: zone.range)
    }
    guard Self.isZoneName(zone.text) else {
      throw text.error("a time zone is named such as 'Europe/Berlin'", at: zone.range, expected: ["'Area/City'", "'UTC'"])
    }
    plan.timeZone = zone.text
  }

  /// Whether this has the form of an IANA name. Whether there is such a zone is known where it is used.
  private static func isZoneName(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return (1...3).contains(parts.count)
      && parts.allSatisfy { part in
        !part.isEmpty
          && part.utf8.allSatisfy { byte in
            byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z") || byte == UInt8(ascii: "_")
              || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") || (0x30...0x39).contains(byte)
          }
      }
  }

  // MARK: FILL PREVIOUS

  /// Unless it is said otherwise, counts are 0 in a filled row, and every other aggregate has its value before.
  func fill(
    _ query: Query, _ outputs: [QueryPlan.Output], _ aggregates: [AggregateCall], _ window: WindowPlan
  ) throws(SQLError) -> FillPlan? {
    guard let fill = query.window?.fill else { return nil }
    guard query.emit?.mode == .final, window.time?.isTumbling == true else {
      throw text.error("FILL PREVIOUS needs a TUMBLING window with EMIT FINAL", at: fill.range)
    }
    var values = outputs.enumerated().map { Self.filled($0.element, at: $0.offset, aggregates) }
    var given: Set<Int> = []
    for item in fill.items {
      let index = try output(item.column, outputs)
      guard given.insert(index).inserted else { throw text.error("this column is filled twice", at: item.column.range) }
      if case .computed = values[index] {
        throw text.error("\(item.column.text) is the same in every row of its window; leave it out", at: item.column.range)
      }
      values[index] = try fillValue(item, index, outputs)
    }
    return FillPlan(values: values, within: fill.within?.microseconds ?? Self.day)
  }

  private static func filled(
    _ output: QueryPlan.Output, at index: Int, _ aggregates: [AggregateCall]
  ) -> FillPlan.Value {
    guard output.expression.readsAggregate else { return .computed }
    if case .aggregate(let n, _) = output.expression, [.count, .countAll].contains(aggregates[n].function) {
      return .constant(.integer(0))
    }
    return .previous(index)
  }

  private func output(_ name: Name, _ outputs: [QueryPlan.Output]) throws(SQLError) -> Int {
    if let index = outputs.firstIndex(where: { $0.field.name == name.text }) { return index }
    throw text.error(
      "no column \(name.text) is selected", at: name.range, suggestion: NearestName.of(name.text, in: outputs.map(\.field.name)))
  }

  private func fillValue(
    _ item: Window.Fill.Item, _ index: Int, _ outputs: [QueryPlan.Output]
  ) throws(SQLError) -> FillPlan.Value {
    let type = outputs[index].field.type
    if case .column(nil, let name) = item.value.kind {
      let previous = try output(name, outputs)
      guard outputs[previous].field.type == type else {
        throw text.error(
          "\(name.text) is of type \(outputs[previous].field.type), but \(item.column.text) of type \(type)", at: name.range)
      }
      return .previous(previous)
    }
    let literal = try assigned(item.value, to: type, of: item.column.text)
    guard case .literal(let value, _) = literal else {
      throw text.error("a row is filled with a selected column's value before, or a constant", at: item.value.range)
    }
    return .constant(value)
  }
}

extension Expression {
  var readsAggregate: Bool {
    if case .aggregate = self { return true }
    return children.contains { $0.readsAggregate }
  }
}
