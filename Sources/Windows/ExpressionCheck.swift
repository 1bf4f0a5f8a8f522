import SQL

/// Refuses, when a query starts, what evaluation could not carry out. The planner checks types for people; this keeps a
/// plan from elsewhere from reaching a kernel with the wrong lanes.
enum ExpressionCheck {
  static func check(_ expression: Expression) throws(WindowsError) {
    let most = if case .call(.isIn, _, _) = expression { 10_001 } else { 120 }
    try require(expression.children.count <= most, "an expression of more than \(most) parts")
    switch expression {
    case .call(let function, let arguments, let type): try check(function, arguments.map(\.type), type)
    case .function(let name, _, _): try require(expression.libraryCall != nil, "\(name) over these types")
    case .cast(let inner, let type):
      try require(isCastByColumns(inner.type, type) || expression.libraryCall != nil, "CAST between these types")
    case .conditional(let branches, let otherwise, let type):
      for branch in branches {
        try require(branch.condition.type == .boolean, "a CASE condition that is not BOOLEAN")
        try require(sameLane(branch.result.type, type), "a CASE with results of different types")
      }
      try require(sameLane(otherwise.type, type) || otherwise.isNullLiteral, "a CASE with an ELSE of another type")
    default: break
    }
  }

  private static func check(
    _ function: ScalarFunction, _ types: [SQLType], _ result: SQLType
  ) throws(WindowsError) {
    let name = function.rawValue
    switch function {
    case .add, .subtract, .multiply, .divide, .modulo:
      try require(types.count == 2 && types.allSatisfy(\.isNumeric) && result.isNumeric, "\(name) of non-numbers")
    case .negate, .abs, .ceil, .floor:
      try require(types.count == 1 && types[0].isNumeric && result.isNumeric, "\(name) of a non-number")
    case .round:
      try require((1...2).contains(types.count) && types[0].isNumeric && result.isNumeric, "\(name) of a non-number")
    case .sqrt, .ln, .exp:
      try require(types.count == 1 && types[0].isNumeric && result == .double, "\(name) of a non-number")
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
      try require(types.count == 2 && comparable(types[0], types[1]) && result == .boolean, "\(name) between these types")
    case .and, .or:
      try require(types.count >= 1 && types.allSatisfy { $0 == .boolean }, "\(name) of non-booleans")
    case .not: try require(types == [.boolean], "\(name) of a non-boolean")
    case .isNull, .isNotNull: try require(types.count == 1, "\(name) of several values")
    case .isIn:
      try require(types.count >= 2 && types.allSatisfy { comparable(types[0], $0) }, "IN over different types")
    case .nullIf: try require(types.count == 2 && comparable(types[0], types[1]), "NULLIF over different types")
    case .greatest, .least:
      try require(
        types.allSatisfy { sameLane($0, result) } && !types.isEmpty, "\(name) over different types")
    case .coalesce: try require(!types.isEmpty && types.allSatisfy { sameLane($0, result) }, "COALESCE of several types")
    default: try checkText(function, types)
    }
  }

  private static func checkText(_ function: ScalarFunction, _ types: [SQLType]) throws(WindowsError) {
    let fits: Bool
    switch function {
    case .like: fits = types == [.string, .string]
    case .concat: fits = !types.isEmpty && types.allSatisfy { $0 == .string }
    case .upper, .lower, .trim, .length: fits = types == [.string]
    case .substring: fits = (2...3).contains(types.count) && types[0] == .string && types.dropFirst().allSatisfy(\.isWhole)
    case .fromUnixTime: fits = types.count == 1 && types[0].isWhole
    case .unixTimestamp: fits = types == [.timestamp]
    default: fits = false
    }
    try require(fits, "\(function.rawValue) over these types")
  }

  /// Whether columns are cast as a whole; other casts go through values. The texts of booleans and doubles do too, as their
  /// forms are ksqlDB's.
  static func isCastByColumns(_ from: SQLType, _ to: SQLType) -> Bool {
    switch (from, to) {
    case _ where from == to: true
    case _ where from.isNumeric && to.isNumeric: true
    case (.string, _): to.isNumeric
    case (.boolean, .string), (.date, .timestamp), (.timestamp, .date): true
    case (_, .string): from.isNumeric && from != .double
    default: false
    }
  }

  private static func comparable(_ a: SQLType, _ b: SQLType) -> Bool { a == b || (a.isNumeric && b.isNumeric) }

  /// Whether values of both types can stand in one vector: equal types, or decimals of one scale, or whole numbers.
  private static func sameLane(_ a: SQLType, _ b: SQLType) -> Bool {
    if a == b || (a.isWhole && b.isWhole) { return true }
    if case .decimal(_, let s1) = a, case .decimal(_, let s2) = b { return s1 == s2 }
    return false
  }

  private static func require(_ condition: Bool, _ what: @autoclosure () -> String) throws(WindowsError) {
    guard condition else { throw .unsupported(what()) }
  }
}

extension Expression {
  var isNullLiteral: Bool { if case .literal(.null, _) = self { true } else { false } }
}
