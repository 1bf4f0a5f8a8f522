extension TimePattern {
  /// What a text says, field by field; a fraction in nanoseconds.
  struct Parsed {
    var fields: [Field: Int] = [:]
    var zone: Zone?

    /// False when the field was there with another value.
    mutating func set(_ field: Field, _ value: Int) -> Bool {
      if let known = fields[field] { return known == value }
      fields[field] = value
      return true
    }
  }

  /// All of `text` by the pattern, letter case aside.
  func parse(_ text: String) throws(ValueError) -> Parsed {
    var reader = TimeReader(text)
    guard reader.read(elements), reader.isAtEnd else { throw .invalid("a text that does not fit its time pattern") }
    return reader.parsed
  }
}

private struct TimeReader {
  private let text: [Character]
  private var at = 0
  private(set) var parsed = TimePattern.Parsed()

  init(_ text: String) { self.text = Array(text) }

  var isAtEnd: Bool { at == text.count }

  /// Whether everything was found; if not, the reader is where it was no longer.
  mutating func read(_ elements: [TimePattern.Element]) -> Bool {
    for (index, element) in elements.enumerated() {
      guard read(element, elements[(index + 1)...]) else { return false }
    }
    return true
  }

  private mutating func read(_ element: TimePattern.Element, _ rest: ArraySlice<TimePattern.Element>) -> Bool {
    switch element {
    case .literal(let literal): return accept(literal)
    case .number(let field, let minimum, let isFixed):
      guard let value = number(field, minimum, isFixed, reserved: isFixed ? 0 : Self.fixedDigits(rest)) else { return false }
      return parsed.set(field, value)
    case .shortYear(let field): return digits(2).map { parsed.set(field, 2000 + $0) } ?? false
    case .names(let field, let names): return name(field, names)
    case .fraction(let count):
      return digits(count).map { parsed.set(.fraction, (count..<9).reduce($0) { value, _ in value * 10 }) } ?? false
    case .optional(let inner):
      let before = self
      if !read(inner) { self = before }
      return true
    default: return zone(element)
    }
  }

  private mutating func accept(_ literal: String) -> Bool {
    let wanted = Array(literal.lowercased())
    let end = at + literal.count
    guard end <= text.count, Array(String(text[at..<end]).lowercased()) == wanted else { return false }
    at = end
    return true
  }

  private func digitCount(from start: Int) -> Int {
    text[min(start, text.count)...].prefix { $0.isASCII && $0.isNumber }.count
  }

  /// Digits that numbers of fixed width directly behind need for themselves.
  private static func fixedDigits(_ rest: ArraySlice<TimePattern.Element>) -> Int {
    var sum = 0
    for element in rest {
      switch element {
      case .number(_, let minimum, true): sum += minimum
      case .shortYear: sum += 2
      case .fraction(let count): sum += count
      default: return sum
      }
    }
    return sum
  }

  private mutating func digits(_ count: Int) -> Int? {
    guard count > 0, digitCount(from: at) >= count, let value = Int(String(text[at..<at + count])) else { return nil }
    at += count
    return value
  }

  private mutating func number(_ field: TimePattern.Field, _ minimum: Int, _ isFixed: Bool, reserved: Int) -> Int? {
    if isFixed { return digits(minimum) }
    let isWideYear = (field == .year || field == .yearOfEra) && minimum >= 4
    var (isNegative, hasSign) = (false, false)
    if at < text.count, text[at] == "-" || (isWideYear && text[at] == "+") {
      isNegative = text[at] == "-"
      hasSign = true
      at += 1
    }
    let run = digitCount(from: at)
    let count = min(18, max(minimum, run - reserved))
    // Without a sign a year of four letters has four digits.
    guard run >= count, !isWideYear || hasSign || count == minimum, let value = digits(count) else { return nil }
    return isNegative ? -value : value
  }

  private mutating func name(_ field: TimePattern.Field, _ names: TimePattern.Names) -> Bool {
    guard let list = TimeNames.list(field, names) else { return false }
    // Longest first, so that no name is taken for one that it begins with.
    for (index, name) in list.enumerated().sorted(by: { $0.element.count > $1.element.count }) where accept(name) {
      return parsed.set(field, index + TimeNames.first(field))
    }
    return false
  }

  private mutating func zone(_ element: TimePattern.Element) -> Bool {
    switch element {
    case .offset(let style):
      if accept(style.zero) { return set(Zone(offset: 0)) }
      return offset(style)
    case .localizedOffset:
      guard accept("GMT") else { return false }
      let before = at
      if offset(.init(pattern: "xxx")) || offset(.init(pattern: "x")) { return true }
      at = before
      return set(Zone(offset: 0))
    default: return zoneName()
    }
  }

  private mutating func set(_ zone: Zone) -> Bool {
    parsed.zone = zone
    return true
  }

  /// The longest text of the style's own form that is an offset.
  private mutating func offset(_ style: OffsetText.Style) -> Bool {
    let lengths = style.hasColon ? [9, 6] : style.dropsMinutes ? [5, 3] : style.hasSeconds ? [7, 5] : [5]
    for length in lengths where at + length <= text.count {
      let part = String(text[at..<at + length])
      guard part.contains(":") == style.hasColon, let seconds = OffsetText.seconds(part[...]) else { continue }
      at += length
      return set(Zone(offset: seconds))
    }
    return false
  }

  private mutating func zoneName() -> Bool {
    let run = text[at...].prefix { $0.isLetter || $0.isNumber || "/_+-:".contains($0) }.count
    for length in stride(from: run, to: 0, by: -1) {
      guard let zone = try? Zone(String(text[at..<at + length])) else { continue }
      at += length
      return set(zone)
    }
    return false
  }
}
