/// English names of the fields of dates, counted from 0 in their lists.
enum TimeNames {
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
  ]
  private static let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

  /// Nil when the field has no names.
  static func list(_ field: TimePattern.Field, _ names: TimePattern.Names) -> [String]? {
    switch (field, names) {
    case (.month, _): shortened(months, names)
    case (.weekday, _): shortened(weekdays, names)
    case (.amPm, _): ["AM", "PM"]
    case (.era, .short): ["BC", "AD"]
    case (.era, .full): ["Before Christ", "Anno Domini"]
    case (.era, .narrow): ["B", "A"]
    case (.quarter, .short): ["Q1", "Q2", "Q3", "Q4"]
    case (.quarter, .full): ["1st quarter", "2nd quarter", "3rd quarter", "4th quarter"]
    case (.quarter, .narrow): ["1", "2", "3", "4"]
    default: nil
    }
  }

  private static func shortened(_ full: [String], _ names: TimePattern.Names) -> [String] {
    switch names {
    case .full: full
    case .short: full.map { String($0.prefix(3)) }
    case .narrow: full.map { String($0.prefix(1)) }
    }
  }

  /// The number of the first name: BC and AM are 0, all others begin with 1.
  static func first(_ field: TimePattern.Field) -> Int { field == .era || field == .amPm ? 0 : 1 }
}
