import Columns

extension CivilDate {
  /// Months since 1970-01.
  var months: Int { (year - 1970) * 12 + month - 1 }

  /// ISO 8601, as in `2024-08-08`.
  var text: String { "\(year.padded(4))-\(month.padded(2))-\(day.padded(2))" }
}

extension FixedWidthInteger {
  func padded(_ width: Int) -> String {
    let digits = String(magnitude)
    return (self < 0 ? "-" : "") + String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
  }
}
