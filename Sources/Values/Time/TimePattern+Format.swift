import Columns

extension TimePattern {
  /// What there is to write: a date, a time of day, or both in a zone.
  struct Moment {
    var date: CivilDate?
    /// Microseconds since midnight.
    var clock: Int64?
    var zone: Zone?
    /// Microseconds since the epoch, where there is a zone.
    var micros: Int64 = 0

    init(date: CivilDate?, clock: Int64?) {
      self.date = date
      self.clock = clock
    }

    init(timestamp micros: Int64, zone: Zone) throws(ValueError) {
      let (local, overflow) = micros.addingReportingOverflow(Int64(zone.offset(at: micros)) * 1_000_000)
      guard !overflow else { throw .overflow("a TIMESTAMP beyond the calendar") }
      date = CivilDate(days: Int(local.flooredQuotient(TimeText.microsPerDay)))
      clock = local.flooredRemainder(TimeText.microsPerDay)
      self.zone = zone
      self.micros = micros
    }
  }

  /// - Throws: when the pattern asks for what the value does not have, such as the hour of a DATE.
  func format(_ moment: Moment) throws(ValueError) -> String {
    var text = ""
    for element in elements { text += try format(element, moment) }
    return text
  }

  private func format(_ element: Element, _ moment: Moment) throws(ValueError) -> String {
    switch element {
    case .literal(let text): return text
    case .number(let field, let minimum, _): return Self.number(try value(field, moment), field, minimum)
    case .shortYear(let field): return TimeText.padded(try value(field, moment).flooredRemainder(100), 2)
    case .names(let field, let names):
      let index = try value(field, moment) - TimeNames.first(field)
      guard let list = TimeNames.list(field, names), list.indices.contains(index) else { throw missing }
      return list[index]
    case .fraction(let digits):
      guard let clock = moment.clock else { throw missing }
      let micros = TimeText.padded(Int(clock % 1_000_000), 6)
      return String((micros + "000").prefix(digits))
    case .optional(let inner):
      // A part that cannot be written is left out.
      return (try? TimePattern.joined(inner) { element throws(ValueError) in try format(element, moment) }) ?? ""
    default: return try formatZone(element, moment)
    }
  }

  private static func joined(_ elements: [Element], _ each: (Element) throws(ValueError) -> String) throws(ValueError) -> String {
    var text = ""
    for element in elements { text += try each(element) }
    return text
  }

  private var missing: ValueError { .invalid("a time pattern that asks for more than the value has") }

  private static func number(_ value: Int, _ field: Field, _ minimum: Int) -> String {
    let digits = TimeText.padded(abs(value), minimum)
    if value < 0 { return "-" + digits }
    let isYear = field == .year || field == .yearOfEra
    return isYear && minimum >= 4 && digits.count > minimum ? "+" + digits : digits
  }

  private func formatZone(_ element: Element, _ moment: Moment) throws(ValueError) -> String {
    guard let zone = moment.zone else { throw missing }
    let seconds = zone.offset(at: moment.micros)
    switch element {
    case .offset(let style): return OffsetText.text(seconds, style)
    case .zoneID: return zone.name
    case .zoneName: return zone.shortName(at: moment.micros)
    case .localizedOffset(let isFull):
      if seconds == 0 { return "GMT" }
      if isFull { return "GMT" + OffsetText.text(seconds, .init(pattern: "xxx")) }
      let magnitude = abs(seconds)
      let minutes = magnitude / 60 % 60 == 0 ? "" : ":" + TimeText.padded(magnitude / 60 % 60, 2)
      return "GMT\(seconds < 0 ? "-" : "+")\(magnitude / 3600)\(minutes)"
    default: throw missing
    }
  }

  private func value(_ field: Field, _ moment: Moment) throws(ValueError) -> Int {
    if field.isOfDate {
      guard let date = moment.date else { throw missing }
      return Self.value(field, of: date)
    }
    guard let clock = moment.clock else { throw missing }
    return Self.value(field, ofClock: Int(clock))
  }

  private static func value(_ field: Field, of date: CivilDate) -> Int {
    switch field {
    case .era: date.year > 0 ? 1 : 0
    case .year: date.year
    case .yearOfEra: date.year > 0 ? date.year : 1 - date.year
    case .quarter: (date.month - 1) / 3 + 1
    case .month: date.month
    case .dayOfYear: date.dayOfYear
    case .weekday: date.dayOfWeek
    default: date.day
    }
  }

  private static func value(_ field: Field, ofClock micros: Int) -> Int {
    let hour = micros / 3_600_000_000
    switch field {
    case .amPm: return hour / 12
    case .hour12: return (hour + 11) % 12 + 1
    case .hour12FromZero: return hour % 12
    case .hour: return hour
    case .hourFromOne: return (hour + 23) % 24 + 1
    case .minute: return micros / 60_000_000 % 60
    case .second: return micros / 1_000_000 % 60
    case .milliOfDay: return micros / 1000
    case .nanoOfDay: return micros * 1000
    default: return micros % 1_000_000 * 1000
    }
  }
}
