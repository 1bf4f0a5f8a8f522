/// RFC 3339 times in UTC, such as `2026-07-07T22:58:17.164892Z`, to microseconds since the epoch.
enum RFC3339 {
  /// Digits beyond the sixth after the point are cut off: exchanges send at most nine and we keep microseconds.
  static func micros(_ text: UnsafeBufferPointer<UInt8>) throws(RejectReason) -> Int64 {
    guard text.count >= 20, text.last == UInt8(ascii: "Z") else { throw .badTime }
    let separators: [(Int, UInt8)] = [
      (4, UInt8(ascii: "-")), (7, UInt8(ascii: "-")), (10, UInt8(ascii: "T")), (13, UInt8(ascii: ":")), (16, UInt8(ascii: ":")),
    ]
    for (index, byte) in separators where text[index] != byte { throw .badTime }
    let year = try digits(text, 0, 4)
    let month = try digits(text, 5, 2)
    let day = try digits(text, 8, 2)
    let hour = try digits(text, 11, 2)
    let minute = try digits(text, 14, 2)
    let second = try digits(text, 17, 2)
    guard (1970...2261).contains(year), (1...12).contains(month), day >= 1, day <= daysIn(month, year), hour < 24, minute < 60,
      second < 60
    else { throw .badTime }
    let seconds = daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
    return seconds * 1_000_000 + (try fraction(text))
  }

  private static func digits(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) throws(RejectReason) -> Int64 {
    guard let value = FieldParsing.integer(UnsafeBufferPointer(rebasing: text[start..<(start + count)])), value >= 0 else {
      throw .badTime
    }
    return value
  }

  private static func fraction(_ text: UnsafeBufferPointer<UInt8>) throws(RejectReason) -> Int64 {
    if text.count == 20 { return 0 }
    guard text[19] == UInt8(ascii: "."), text.count > 21 else { throw .badTime }
    var micros: Int64 = 0
    var unit: Int64 = 100_000
    for byte in text[20..<(text.count - 1)] {
      let digit = byte &- UInt8(ascii: "0")
      guard digit <= 9 else { throw .badTime }
      micros += Int64(digit) * unit
      unit /= 10
    }
    return micros
  }

  private static func daysIn(_ month: Int64, _ year: Int64) -> Int64 {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Howard Hinnant, "chrono-compatible low-level date algorithms": days_from_civil.
  private static func daysSinceEpoch(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let y = month <= 2 ? year - 1 : year
    let era = y / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}
