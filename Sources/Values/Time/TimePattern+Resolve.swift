import Columns

extension TimePattern.Parsed {
  var hasDate: Bool { fields.keys.contains(where: \.isOfDate) }
  var hasClock: Bool { fields.keys.contains { !$0.isOfDate } }

  /// Days since the epoch. What is not said is that of 1970-01-01, unless `isStrict`.
  func days(isStrict: Bool = false) throws(ValueError) -> Int {
    let year = year
    guard abs(year ?? 1970) <= Self.lastYear else { throw .invalid("a year beyond the calendar") }
    if isStrict, year == nil || (fields[.dayOfYear] == nil && (fields[.month] == nil || fields[.day] == nil)) {
      throw .invalid("a date without year, month or day")
    }
    var date = CivilDate(year: year ?? 1970, month: fields[.month] ?? 1, day: fields[.day] ?? 1)
    if let dayOfYear = fields[.dayOfYear] {
      guard dayOfYear >= 1, dayOfYear <= (CivilDate.isLeap(date.year) ? 366 : 365) else { throw Self.noDate }
      let found = CivilDate(days: CivilDate(year: date.year, month: 1, day: 1).days + dayOfYear - 1)
      guard fields[.month] ?? found.month == found.month, fields[.day] ?? found.day == found.day else { throw Self.noDate }
      date = found
    }
    guard date.isValid, fields[.weekday] ?? date.dayOfWeek == date.dayOfWeek,
      fields[.quarter] ?? (date.month + 2) / 3 == (date.month + 2) / 3
    else { throw Self.noDate }
    return date.days
  }

  /// Microseconds since the epoch reach further than this.
  private static let lastYear = 200_000

  private static var noDate: ValueError { .invalid("a date that does not exist") }
  private static var noTime: ValueError { .invalid("a time of day that does not exist") }

  private var year: Int? {
    if let year = fields[.year] { return year }
    return fields[.yearOfEra].map { fields[.era] == 0 ? 1 - $0 : $0 }
  }

  /// Microseconds since midnight. What is not said is 0.
  func clock() throws(ValueError) -> Int64 {
    if let nanos = fields[.nanoOfDay] { return try Self.micros(nanos, below: 86_400_000_000_000) }
    if let millis = fields[.milliOfDay] {
      guard (0..<86_400_000).contains(millis) else { throw Self.noTime }
      return Int64(millis) * 1000
    }
    let (hour, minute, second) = (try hour(), fields[.minute] ?? 0, fields[.second] ?? 0)
    guard (0..<24).contains(hour), (0..<60).contains(minute), (0..<60).contains(second) else { throw Self.noTime }
    let fraction = try Self.micros(fields[.fraction] ?? 0, below: 1_000_000_000)
    return Int64((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
  }

  private static func micros(_ nanos: Int, below bound: Int) throws(ValueError) -> Int64 {
    guard (0..<bound).contains(nanos) else { throw noTime }
    guard nanos % 1000 == 0 else { throw .overflow("a time with parts of a microsecond") }
    return Int64(nanos / 1000)
  }

  private func hour() throws(ValueError) -> Int {
    if let hour = fields[.hour] { return hour }
    if let hour = fields[.hourFromOne] {
      guard (1...24).contains(hour) else { throw Self.noTime }
      return hour % 24
    }
    let half = (fields[.amPm] ?? 0) * 12
    if let hour = fields[.hour12] {
      guard (1...12).contains(hour) else { throw Self.noTime }
      return hour % 12 + half
    }
    let hour = fields[.hour12FromZero] ?? 0
    guard (0..<12).contains(hour) else { throw Self.noTime }
    return hour + half
  }
}

extension TimePattern {
  /// Microseconds since the epoch of the moment that `text` names; in `zone` where the text names none.
  public func timestamp(_ text: String) throws(ValueError) -> Int64 { try timestamp(text, zone: .utc) }

  func timestamp(_ text: String, zone: Zone) throws(ValueError) -> Int64 {
    let parsed = try parse(text)
    let local = Int64(try parsed.days()) * TimeText.microsPerDay + (try parsed.clock())
    return (parsed.zone ?? zone).moment(local: local)
  }

  /// The moment as text, in UTC.
  ///
  /// - Throws: when the moment lies beyond the calendar.
  public func text(timestamp micros: Int64) throws(ValueError) -> String {
    try format(try Moment(timestamp: micros, zone: .utc))
  }
}
