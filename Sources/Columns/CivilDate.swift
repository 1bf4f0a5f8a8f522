/// A date of the proleptic Gregorian calendar, and its day count: what the days in a date column mean.
public struct CivilDate: Hashable, Sendable {
  public var year: Int
  /// 1…12.
  public var month: Int
  /// 1…31.
  public var day: Int

  public init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// The date `days` days after 1970-01-01; by years that begin in March, so that the leap day comes last.
  public init(days: Int) {
    let shifted = days + 719_468
    let era = shifted.flooredQuotient(146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * march + 2) / 5 + 1
    month = march < 10 ? march + 3 : march - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Days since 1970-01-01.
  public var days: Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted.flooredQuotient(400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// Monday 1 … Sunday 7.
  public var dayOfWeek: Int { (days + 3).flooredRemainder(7) + 1 }

  /// 1…366.
  public var dayOfYear: Int { days - CivilDate(year: year, month: 1, day: 1).days + 1 }

  /// Whether month and day exist.
  public var isValid: Bool { (1...12).contains(month) && day >= 1 && day <= Self.length(ofMonth: month, year: year) }

  public static func isLeap(_ year: Int) -> Bool {
    (year.flooredRemainder(4) == 0 && year.flooredRemainder(100) != 0) || year.flooredRemainder(400) == 0
  }

  public static func length(ofMonth month: Int, year: Int) -> Int {
    if month == 2 { return isLeap(year) ? 29 : 28 }
    return [4, 6, 9, 11].contains(month) ? 30 : 31
  }
}

extension FixedWidthInteger {
  /// Rounded towards negative infinity; `divisor` is positive.
  @inlinable
  public func flooredQuotient(_ divisor: Self) -> Self {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// 0…`divisor - 1`; `divisor` is positive.
  @inlinable
  public func flooredRemainder(_ divisor: Self) -> Self {
    let remainder = self % divisor
    return remainder < 0 ? remainder + divisor : remainder
  }
}
