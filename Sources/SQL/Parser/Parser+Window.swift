extension Parser {
  mutating func window() throws(SQLError) -> Window {
    let start = try expect("WINDOW")
    let kinds: [Window.Kind] = [.tumbling, .hopping, .session]
    guard let kind = kinds.first(where: { isNext($0.rawValue) }) else { throw unexpected(kinds.map(\.rawValue)) }
    advance()
    try expect(.leftParenthesis)
    if kind != .session { try expect("SIZE") }
    var window = Window(kind: kind, size: try duration(), range: start)
    if kind == .hopping {
      try expect(.comma)
      try expect("ADVANCE")
      try expect("BY")
      window.advance = try duration()
    }
    while accept(.comma) != nil { try option(of: &window) }
    guard accept(.rightParenthesis) != nil else { throw unexpected([",", ")"]) }
    window.range = start.through(consumed)
    return window
  }

  private static let options = ["RETENTION", "GRACE", "OFFSET", "TIME", "FILL"]

  private mutating func option(of window: inout Window) throws(SQLError) {
    let start = token.range
    if window.retention == nil, window.grace == nil, window.offset == nil, accept("RETENTION") != nil {
      window.retention = try duration()
    } else if window.grace == nil, window.offset == nil, accept("GRACE") != nil {
      try expect("PERIOD")
      window.grace = try duration()
    } else if window.offset == nil, window.timeZone == nil, window.kind != .session, accept("OFFSET") != nil {
      window.offset = try duration()
    } else if window.timeZone == nil, window.fill == nil, window.kind != .session, accept("TIME") != nil {
      try expect("ZONE")
      window.timeZone = try stringLiteral("'Area/City'")
    } else if window.fill == nil, window.kind != .session, accept("FILL") != nil {
      window.fill = try fill(from: start)
    } else if (Self.options + ["ADVANCE", "SIZE"]).contains(where: { isNext($0) }) {
      let order = "SIZE, then ADVANCE BY for HOPPING, RETENTION, GRACE PERIOD, OFFSET, TIME ZONE, FILL PREVIOUS"
      throw text.error(
        window.kind == .session
          ? "SESSION windows have a gap, RETENTION and GRACE PERIOD alone, in this order"
          : "\(shown(start)) stands in the wrong place or twice; write \(order)", at: start)
    } else {
      throw unexpected(["RETENTION", "GRACE"])
    }
  }

  private mutating func fill(from start: SourceRange) throws(SQLError) -> Window.Fill {
    try expect("PREVIOUS")
    var fill = Window.Fill(items: [], range: start.through(consumed))
    if isNext(.leftParenthesis) {
      fill.items = try list { parser throws(SQLError) in
        let value = try parser.expression()
        try parser.expect("AS")
        return Window.Fill.Item(value: value, column: try parser.name("a column's name"))
      }
    }
    if accept("WITHIN") != nil { fill.within = try duration() }
    fill.range = start.through(consumed)
    return fill
  }

  mutating func duration() throws(SQLError) -> Window.Duration {
    guard case .integer(let digits) = token.kind else { throw unexpected(["a whole number"]) }
    let start = advance()
    guard case .word(let word) = token.kind, let unit = TimeUnit(word: word) else { throw unexpected(TimeUnit.names) }
    let range = start.through(advance())
    guard let count = Int64(digits), let microseconds = unit.times(count) else {
      throw text.error("this length of time is too large; the longest is about 1000 years", at: range)
    }
    return Window.Duration(microseconds: microseconds, range: range)
  }
}
