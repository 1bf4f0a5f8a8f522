import Columns

/// Times in URLs. Pure.
enum TimeText {
  /// 1900-01-01 to 2200-01-01: what lies outside is a mistake of unit.
  static let range: Range<Int64> = -2_208_988_800_000..<7_258_118_400_000

  /// Milliseconds since the epoch of a whole number of them, or of `2024-08-09`, `2024-08-09T12:30`, `2024-08-09T12:30:15.250Z`,
  /// `2024-08-09T12:30:15+02:00`; UTC where no offset is given. Digits beyond the millisecond are cut off. Nil for anything else.
  static func milliseconds(_ text: String) -> Int64? {
    guard text.utf8.count <= 40 else { return nil }
    guard let time = Int64(text) ?? iso(text), range.contains(time) else { return nil }
    return time
  }

  private static func iso(_ text: String) -> Int64? {
    var scanner = Scanner(text)
    guard let year = scanner.digits(4), scanner.take("-"), let month = scanner.digits(2), scanner.take("-"),
      let day = scanner.digits(2)
    else { return nil }
    let date = CivilDate(year: year, month: month, day: day)
    guard date.isValid else { return nil }
    let midnight = Int64(date.days) * 86_400_000
    if scanner.isAtEnd { return midnight }
    // A space is what a plus sign in a URL stands for.
    guard scanner.take("T") || scanner.take("t") || scanner.take(" "), let time = scanner.time() else { return nil }
    guard let offset = scanner.offset(), scanner.isAtEnd else { return nil }
    return midnight + time - offset
  }

  private struct Scanner {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
      guard rest.first == UInt8(ascii: scalar) else { return false }
      rest.removeFirst()
      return true
    }

    mutating func digits(_ count: Int) -> Int? {
      let part = rest.prefix(count)
      guard part.count == count, part.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
      rest.removeFirst(count)
      return part.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// Milliseconds since midnight.
    mutating func time() -> Int64? {
      guard let hour = digits(2), hour < 24, take(":"), let minute = digits(2), minute < 60 else { return nil }
      var milliseconds = Int64(hour * 60 + minute) * 60_000
      guard take(":") else { return milliseconds }
      guard let second = digits(2), second < 60 else { return nil }
      milliseconds += Int64(second) * 1000
      guard take(".") else { return milliseconds }
      guard var unit = digits(1).map({ Int64($0) * 100 }) else { return nil }
      for factor in [10, 1] as [Int64] {
        guard let digit = digits(1) else { return milliseconds + unit }
        unit += Int64(digit) * factor
      }
      while digits(1) != nil {}
      return milliseconds + unit
    }

    /// Milliseconds east of Greenwich.
    mutating func offset() -> Int64? {
      if isAtEnd || take("Z") || take("z") { return 0 }
      // A plus sign that was not escaped has become a space.
      let isEast = take("+") || take(" ")
      guard isEast || take("-"), let hour = digits(2), hour < 24 else { return nil }
      _ = take(":")
      guard let minute = isAtEnd ? 0 : digits(2), minute < 60 else { return nil }
      return Int64(hour * 60 + minute) * (isEast ? 60_000 : -60_000)
    }
  }
}
