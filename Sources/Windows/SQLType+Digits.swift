import SQL

extension SQLType {
  /// Digits after the point: those of a decimal, 0 for whole numbers.
  var scale: Int {
    if case .decimal(_, let scale) = self { scale } else { 0 }
  }

  /// The most digits a value can have. Whole numbers count as decimals of their full range.
  var precision: Int {
    switch self {
    case .decimal(let precision, _): precision
    case .integer: 10
    default: 19
    }
  }

  var isWhole: Bool { self == .integer || self == .bigint }

  var isNumeric: Bool {
    switch self {
    case .integer, .bigint, .double, .decimal: true
    default: false
    }
  }
}
