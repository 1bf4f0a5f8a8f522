extension Parser {
  mutating func window() throws(SQLError) -> Window {
    let start = try expect("WINDOW")
    if isNext("SESSION") {
      throw text.error("SESSION windows are not supported yet; use TUMBLING or HOPPING", at: token.range)
    }
    let isHopping = accept("HOPPING") != nil
    guard isHopping || accept("TUMBLING") != nil else { throw unexpected(["TUMBLING", "HOPPING"]) }
    try expect(.leftParenthesis)
    try expect("SIZE")
    var window = Window(size: try duration(), range: start)
    if isHopping {
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

  private mutating func option(of window: inout Window) throws(SQLError) {
    let start = token.range
    if window.retention == nil, window.grace == nil, accept("RETENTION") != nil {
      window.retention = try duration()
    } else if window.grace == nil, accept("GRACE") != nil {
      try expect("PERIOD")
      window.grace = try duration()
    } else if isNext("RETENTION") || isNext("GRACE") || isNext("ADVANCE") || isNext("SIZE") {
      throw text.error(
        "\(shown(start)) stands in the wrong place or twice; write SIZE, then ADVANCE BY for HOPPING, RETENTION, GRACE PERIOD",
        at: start)
    } else {
      throw unexpected(["RETENTION", "GRACE"])
    }
  }

  private mutating func duration() throws(SQLError) -> Window.Duration {
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
