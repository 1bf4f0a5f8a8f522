/// The proleptic Gregorian calendar over days since 1970-01-01.
struct CivilDate: Hashable {
  var year: Int
  var month: Int
  var day: Int

  /// The date of a day number. Counts in eras of 400 years from 0000-03-01, so that leap days end a year.
  init(days: Int) {
    let shifted = days + 719_468
    let era = shifted.flooredDivision(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Months since 1970-01.
  var months: Int { (year - 1970) * 12 + month - 1 }

  /// ISO 8601, as in `2024-08-08`.
  var text: String { "\(year.padded(4))-\(month.padded(2))-\(day.padded(2))" }
}

extension FixedWidthInteger {
  /// The quotient rounded towards negative infinity, so that times before 1970 fall into the right day.
  @inlinable
  func flooredDivision(by divisor: Self) -> Self {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder != 0 && (remainder < 0) != (divisor < 0) ? quotient - 1 : quotient
  }

  func padded(_ width: Int) -> String {
    let digits = String(magnitude)
    return (self < 0 ? "-" : "") + String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
  }
}
