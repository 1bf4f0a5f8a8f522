/// ksqlDB's typing rules (`SqlDecimal`, `SqlBaseType`, `DecimalUtil`), with decimals capped at 38 digits.
extension SQLType {
  var isNumeric: Bool {
    switch self {
    case .integer, .bigint, .double, .decimal: true
    default: false
    }
  }

  /// TIMESTAMP, DATE or TIME.
  var isTime: Bool { self == .timestamp || self == .date || self == .time }

  var isInteger: Bool { self == .integer || self == .bigint }

  /// Whether values of this type have an order that the engine knows.
  var isOrdered: Bool {
    switch self {
    case .integer, .bigint, .double, .decimal, .string, .bytes, .timestamp, .date, .time: true
    case .boolean, .array, .map, .structure: false
    }
  }

  /// INT as DECIMAL(10, 0) and BIGINT as DECIMAL(19, 0), as ksqlDB widens them; nil for what is not exact.
  var asDecimal: (precision: Int, scale: Int)? {
    switch self {
    case .integer: (10, 0)
    case .bigint: (19, 0)
    case .decimal(let precision, let scale): (precision, scale)
    default: nil
    }
  }

  /// The smallest type that holds values of both: INT < BIGINT < DECIMAL < DOUBLE. Nil when there is none.
  ///
  /// `unitesFields`: of STRUCTs with different fields, that with all of them; otherwise they have nothing in common.
  func common(with other: SQLType, unitesFields: Bool = false) -> SQLType? {
    if self == other { return self }
    guard isNumeric, other.isNumeric else { return commonOfOthers(with: other, unitesFields) }
    if self == .double || other == .double { return .double }
    if isInteger, other.isInteger { return .bigint }
    guard let a = asDecimal, let b = other.asDecimal else { return nil }
    let scale = max(a.scale, b.scale)
    let whole = max(a.precision - a.scale, b.precision - b.scale)
    return .decimal(precision: min(38, whole + scale), scale: scale)
  }

  /// DATE beside TIMESTAMP is its midnight; nested values are widened inside.
  private func commonOfOthers(with other: SQLType, _ unitesFields: Bool) -> SQLType? {
    switch (self, other) {
    case (.date, .timestamp), (.timestamp, .date): return .timestamp
    case (.array(let a), .array(let b)): return a.common(with: b, unitesFields: unitesFields).map { .array($0) }
    case (.map(let key, let a), .map(let otherKey, let b)) where key == otherKey:
      return a.common(with: b, unitesFields: unitesFields).map { .map(key, $0) }
    case (.structure(let a), .structure(let b)): return Self.common(a, b, unitesFields)
    default: return nil
    }
  }

  private static func common(_ a: [Member], _ b: [Member], _ unitesFields: Bool) -> SQLType? {
    guard unitesFields || a.map(\.name) == b.map(\.name) else { return nil }
    var members: [Member] = []
    for member in a {
      guard let other = b.first(where: { $0.name == member.name }) else {
        members.append(member)
        continue
      }
      guard let type = member.type.common(with: other.type, unitesFields: unitesFields) else { return nil }
      members.append(Member(name: member.name, type: type))
    }
    return .structure(members + b.filter { member in !a.contains { $0.name == member.name } })
  }

  /// Whether every kind of value of this type is one of `target`'s: INT < BIGINT < DECIMAL < DOUBLE, as ksqlDB widens where it
  /// inserts. What has too many digits for the target is an error of its record.
  func widens(to target: SQLType) -> Bool {
    guard let own = numericRank, let other = target.numericRank else { return common(with: target) == target }
    return own <= other
  }

  /// The place among the kinds of numbers, which widen upwards; nil for what is none.
  var numericRank: Int? {
    switch self {
    case .integer: 0
    case .bigint: 1
    case .decimal: 2
    case .double: 3
    default: nil
    }
  }

  /// The type of `self operation other` for `+ - * / %` over numbers; nil when an exact result has more than 38 digits
  /// after the point.
  func result(of operation: ScalarFunction, with other: SQLType) -> SQLType? {
    if self == .double || other == .double { return .double }
    if isInteger, other.isInteger { return common(with: other) }
    guard let a = asDecimal, let b = other.asDecimal else { return nil }
    let scale = max(a.scale, b.scale)
    let whole = (a.precision - a.scale, b.precision - b.scale)
    switch operation {
    case .add, .subtract: return Self.capped(precision: max(whole.0, whole.1) + scale + 1, scale: scale)
    case .multiply: return Self.capped(precision: a.precision + b.precision + 1, scale: a.scale + b.scale)
    case .modulo: return Self.capped(precision: max(1, min(whole.0, whole.1) + scale), scale: scale)
    case .divide:
      let scale = max(6, a.scale + b.precision + 1)
      return Self.quotient(whole: whole.0 + b.scale, scale: scale)
    default: return nil
    }
  }

  /// The scale is kept, since losing it would round; a value that then has too many digits is an error of its record.
  private static func capped(precision: Int, scale: Int) -> SQLType? {
    scale > 38 ? nil : .decimal(precision: max(scale, min(38, precision)), scale: scale)
  }

  /// A quotient is rounded in any case: digits after the point give way to those before it, down to 6.
  private static func quotient(whole: Int, scale: Int) -> SQLType {
    if whole + scale <= 38 { return .decimal(precision: whole + scale, scale: scale) }
    return .decimal(precision: 38, scale: max(6, min(scale, 38 - whole)))
  }

  /// Whether CAST(self AS target) has a meaning and the engine can do it.
  func canBeCast(to target: SQLType) -> Bool {
    if self == target { return true }
    switch (self, target) {
    case (_, _) where isNumeric && target.isNumeric: return true
    case (.string, .boolean): return true
    case (.string, _) where target.isNumeric || target.isTime: return true
    case (_, .string): return self != .bytes
    case (.timestamp, .date), (.timestamp, .time), (.date, .timestamp): return true
    case (.array(let element), .array(let other)): return element.canBeCast(to: other)
    case (.map(let key, let value), .map(let otherKey, let otherValue)):
      return key.canBeCast(to: otherKey) && value.canBeCast(to: otherValue)
    case (.structure(let members), .structure(let others)):
      // Fields are found by name; those that only the target has become NULL.
      return others.allSatisfy { other in
        members.first { $0.name == other.name }.map { $0.type.canBeCast(to: other.type) } ?? true
      }
    default: return false
    }
  }
}
