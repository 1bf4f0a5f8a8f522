/// The forms of date and time that ksqlDB takes in comparisons: `2026`, `2026-01`, `2026-01-31`, then `T` or a blank and
/// `09`, `09:30`, `09:30:15`, up to six decimals, then `Z` or an offset such as `+01:00`. UTC where none is given.
public struct ISO8601 {
  private var rest: Substring

  /// Microseconds since the epoch; nil when `text` is no such form, or names a moment that does not exist.
  public static func timestamp(_ text: String) -> Int64? {
    var reader = ISO8601(rest: text[...])
    guard let days = reader.date() else { return nil }
    var time: Int64 = 0
    if reader.skip("T") || reader.skip(" ") {
      guard let read = reader.time() else { return nil }
      time = read
    }
    guard let offset = reader.offset(), reader.rest.isEmpty else { return nil }
    return days * 86_400_000_000 + time - offset
  }

  /// Days since the epoch; nil as above, or when a time of day is given.
  public static func date(_ text: String) -> Int64? {
    var reader = ISO8601(rest: text[...])
    guard let days = reader.date(), reader.rest.isEmpty else { return nil }
    return days
  }

  /// Microseconds of the day; nil as above, or when a date or an offset is given.
  static func time(_ text: String) -> Int64? {
    var reader = ISO8601(rest: text[...])
    guard let time = reader.time(), reader.rest.isEmpty else { return nil }
    return time
  }

  private mutating func skip(_ character: Character) -> Bool {
    guard rest.first == character else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func number(digits: Int) -> Int64? {
    let head = rest.prefix(digits)
    guard head.utf8.count == digits, head.allSatisfy({ $0.isASCII && $0.isNumber }), let value = Int64(head) else {
      return nil
    }
    rest.removeFirst(digits)
    return value
  }

  private mutating func date() -> Int64? {
    guard let year = number(digits: 4), year >= 1 else { return nil }
    guard skip("-") else { return Self.days(year, 1, 1) }
    guard let month = number(digits: 2), (1...12).contains(month) else { return nil }
    guard skip("-") else { return Self.days(year, month, 1) }
    guard let day = number(digits: 2), (1...Self.length(ofMonth: month, year)).contains(day) else { return nil }
    return Self.days(year, month, day)
  }

  private mutating func time() -> Int64? {
    guard let hour = number(digits: 2), hour < 24 else { return nil }
    guard skip(":") else { return hour * 3_600_000_000 }
    guard let minute = number(digits: 2), minute < 60 else { return nil }
    let minutes = hour * 60 + minute
    guard skip(":") else { return minutes * 60_000_000 }
    guard let second = number(digits: 2), second < 60 else { return nil }
    var microseconds = (minutes * 60 + second) * 1_000_000
    guard skip(".") else { return microseconds }
    var unit: Int64 = 100_000
    while let digit = number(digits: 1) {
      guard unit > 0 else { return nil }
      microseconds += digit * unit
      unit /= 10
    }
    return unit == 100_000 ? nil : microseconds
  }

  private mutating func offset() -> Int64? {
    if rest.isEmpty || skip("Z") { return 0 }
    let isNegative = rest.first == "-"
    guard skip("+") || skip("-"), let hour = number(digits: 2), hour <= 18 else { return nil }
    var minutes = hour * 60
    if !rest.isEmpty {
      _ = skip(":")
      guard let minute = number(digits: 2), minute < 60 else { return nil }
      minutes += minute
    }
    return minutes * (isNegative ? -60_000_000 : 60_000_000)
  }

  private static func length(ofMonth month: Int64, _ year: Int64) -> Int64 {
    let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
    return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
  }

  /// Days from the epoch to a date of the Gregorian calendar, counted in years that begin in March.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
