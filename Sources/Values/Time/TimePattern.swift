/// A pattern of Java's DateTimeFormatter, compiled, with English names.
///
/// Letters: `G u y Q q M L D d E a h H k K m s S A n N X x Z O V z`, texts in single quotes, `[optional parts]`. Letters of
/// weeks (`Y w W F e c`) and of padding (`p`) are refused, as what they mean depends on the country.
public struct TimePattern: Sendable {
  enum Field: Hashable, Sendable {
    case era, year, yearOfEra, quarter, month, dayOfYear, day, weekday
    case amPm, hour12, hour12FromZero, hour, hourFromOne, minute, second, fraction, milliOfDay, nanoOfDay

    var isOfDate: Bool {
      switch self {
      case .era, .year, .yearOfEra, .quarter, .month, .dayOfYear, .day, .weekday: true
      default: false
      }
    }
  }

  enum Names: Hashable, Sendable { case short, full, narrow }

  indirect enum Element: Hashable, Sendable {
    case literal(String)
    /// `minimum` digits, padded with zeros; more only when `isFixed` is false.
    case number(Field, minimum: Int, isFixed: Bool)
    /// The last two digits of a year from 2000 to 2099.
    case shortYear(Field)
    case names(Field, Names)
    /// So many digits after the point of a second.
    case fraction(Int)
    case offset(OffsetText.Style)
    case localizedOffset(isFull: Bool)
    case zoneName
    case zoneID
    case optional([Element])
  }

  let elements: [Element]
  let text: String

  /// - Throws: when `text` is no pattern, or one with letters that are not supported.
  public init(_ text: String) throws(ValueError) {
    var compiler = TimePatternCompiler(text)
    elements = try compiler.elements(isInside: false)
    self.text = text
  }

  /// Every element, those of optional parts too.
  var flattened: [Element] { Self.flatten(elements) }

  private static func flatten(_ elements: [Element]) -> [Element] {
    elements.flatMap { element -> [Element] in
      if case .optional(let inner) = element { flatten(inner) } else { [element] }
    }
  }
}

private struct TimePatternCompiler {
  private let characters: [Character]
  private var at = 0
  private var depth = 0

  init(_ text: String) { characters = Array(text) }

  mutating func elements(isInside: Bool) throws(ValueError) -> [TimePattern.Element] {
    var elements: [TimePattern.Element] = []
    while at < characters.count {
      let character = characters[at]
      switch character {
      case "'": elements.append(.literal(try quoted()))
      case "[":
        depth += 1
        at += 1
        guard depth <= 32 else { throw .invalid("a time pattern with too many brackets") }
        elements.append(.optional(try self.elements(isInside: true)))
        depth -= 1
      case "]":
        guard isInside else { throw .invalid("a time pattern with ] but no [") }
        at += 1
        return elements
      case "{", "}", "#": throw .invalid("a time pattern with the reserved character \(character)")
      case _ where character.isASCII && character.isLetter: elements.append(try letters(character))
      default:
        elements.append(.literal(String(character)))
        at += 1
      }
    }
    // Java closes what is still open.
    return elements
  }

  private mutating func quoted() throws(ValueError) -> String {
    at += 1
    if at < characters.count, characters[at] == "'" {
      at += 1
      return "'"
    }
    var text = ""
    while at < characters.count {
      let character = characters[at]
      at += 1
      guard character == "'" else {
        text.append(character)
        continue
      }
      guard at < characters.count, characters[at] == "'" else { return text }
      text.append("'")
      at += 1
    }
    throw .invalid("a time pattern with a quotation mark that is not closed")
  }

  private mutating func letters(_ letter: Character) throws(ValueError) -> TimePattern.Element {
    let count = characters[at...].prefix { $0 == letter }.count
    at += count
    guard let element = Self.element(letter, count) else {
      throw .invalid("a time pattern with \(String(repeating: letter, count: min(count, 20))), which is not supported")
    }
    return element
  }

  private static let numbers: [Character: TimePattern.Field] = [
    "d": .day, "H": .hour, "k": .hourFromOne, "K": .hour12FromZero, "h": .hour12, "m": .minute, "s": .second,
  ]

  private static func element(_ letter: Character, _ count: Int) -> TimePattern.Element? {
    if let field = numbers[letter] { return count <= 2 ? .number(field, minimum: count, isFixed: count == 2) : nil }
    switch letter {
    case "u", "y":
      let field: TimePattern.Field = letter == "u" ? .year : .yearOfEra
      return count == 2 ? .shortYear(field) : count <= 19 ? .number(field, minimum: count, isFixed: false) : nil
    case "M", "L": return mixed(.month, count)
    case "Q", "q": return mixed(.quarter, count)
    case "D": return count <= 3 ? .number(.dayOfYear, minimum: count, isFixed: count == 3) : nil
    case "E": return count <= 3 ? .names(.weekday, .short) : names(.weekday, count)
    case "G": return count <= 3 ? .names(.era, .short) : names(.era, count)
    case "a": return count == 1 ? .names(.amPm, .short) : nil
    case "S": return count <= 9 ? .fraction(count) : nil
    case "n": return count <= 9 ? .number(.fraction, minimum: count, isFixed: false) : nil
    case "A": return count <= 19 ? .number(.milliOfDay, minimum: count, isFixed: false) : nil
    case "N": return count <= 19 ? .number(.nanoOfDay, minimum: count, isFixed: false) : nil
    default: return zone(letter, count)
    }
  }

  private static func zone(_ letter: Character, _ count: Int) -> TimePattern.Element? {
    switch (letter, count) {
    case ("X", 1...5), ("x", 1...5): .offset(.init(pattern: String(repeating: letter, count: count)))
    case ("Z", 1...3): .offset(.init(pattern: "Z"))
    case ("Z", 4): .localizedOffset(isFull: true)
    case ("Z", 5): .offset(.init(pattern: "ZZZZZ"))
    case ("O", 1), ("O", 4): .localizedOffset(isFull: count == 4)
    case ("V", 2): .zoneID
    case ("z", 1...3): .zoneName
    default: nil
    }
  }

  private static func mixed(_ field: TimePattern.Field, _ count: Int) -> TimePattern.Element? {
    count <= 2 ? .number(field, minimum: count, isFixed: count == 2) : names(field, count)
  }

  private static func names(_ field: TimePattern.Field, _ count: Int) -> TimePattern.Element? {
    switch count {
    case 3: .names(field, .short)
    case 4: .names(field, .full)
    case 5: .names(field, .narrow)
    default: nil
    }
  }
}
