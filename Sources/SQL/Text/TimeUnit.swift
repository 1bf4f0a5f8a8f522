/// ksqlDB's units of time, singular or plural.
enum TimeUnit: String, CaseIterable {
  case millisecond = "MILLISECOND"
  case second = "SECOND"
  case minute = "MINUTE"
  case hour = "HOUR"
  case day = "DAY"

  init?(word: String) {
    self.init(rawValue: word.hasSuffix("S") ? String(word.dropLast()) : word)
  }

  var microseconds: Int64 {
    switch self {
    case .millisecond: 1_000
    case .second: 1_000_000
    case .minute: 60_000_000
    case .hour: 3_600_000_000
    case .day: 86_400_000_000
    }
  }

  static let names = allCases.map { $0.rawValue + "S" }

  /// The longest time a statement can name, about 1000 years: sums of a few such times stay within 64 bits.
  static let longest: Int64 = 1 << 55

  /// `count` units in microseconds; nil beyond `longest`.
  func times(_ count: Int64) -> Int64? {
    let (product, overflow) = count.multipliedReportingOverflow(by: microseconds)
    return overflow || product > Self.longest ? nil : product
  }

  /// The length in its largest whole unit: `90 SECONDS`, `1 HOUR`, `250 MICROSECONDS`.
  static func describe(_ microseconds: Int64) -> String {
    for unit in allCases.reversed() where microseconds != 0 && microseconds % unit.microseconds == 0 {
      let count = microseconds / unit.microseconds
      return "\(count) \(unit.rawValue)\(count == 1 ? "" : "S")"
    }
    return microseconds == 0 ? "0 SECONDS" : "\(microseconds) MICROSECONDS"
  }
}
