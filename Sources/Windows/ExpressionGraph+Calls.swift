import Columns
import SQL

extension ExpressionGraph {
  /// Applies a scalar function. NULL in gives NULL out except where the function says otherwise; a
  /// comparison then gives FALSE.
  func call(_ function: ScalarFunction, _ arguments: [Vector], _ type: SQLType, node: Int) -> Vector {
    switch function {
    case .and, .or: return logical(function, arguments)
    case .isNull, .isNotNull: return nullTest(arguments[0], wantsNull: function == .isNull)
    case .isIn: return membership(arguments)
    case .coalesce: return coalesce(arguments, type)
    case .nullIf: return nullIf(arguments, type)
    case .greatest, .least: return extreme(arguments, type, greatest: function == .greatest)
    default: break
    }
    let isConstant = arguments.allSatisfy(\.isConstant)
    let count = isConstant ? 1 : rowCount
    var result = strict(function, arguments, type, count: count, node: node)
    result.type = type
    result.isConstant = isConstant
    result.validity = RowFlags.valid(arguments, count)
    result.failures = withoutNulls(
      RowFlags.either(result.failures, RowFlags.failed(arguments, count)), arguments, count)
    return function.isComparison ? Self.decided(result) : result
  }

  /// With NULL on a side a comparison is FALSE, as in ksqlDB.
  private static func decided(_ comparison: Vector) -> Vector {
    guard let valid = comparison.validity, case .bool(let flags) = comparison.values else { return comparison }
    var result = comparison
    result.values = .bool(zip(flags, valid).map { $0 && $1 })
    result.validity = nil
    return result
  }

  /// A failure computed from the filler of a NULL row is none; one passed on by an argument stays.
  private func withoutNulls(_ failures: [Bool]?, _ arguments: [Vector], _ count: Int) -> [Bool]? {
    guard var failures else { return nil }
    guard let valid = RowFlags.valid(arguments, count) else { return failures }
    for i in 0..<count where !valid[i] { failures[i] = arguments.contains { $0.isFailed(i) } }
    return failures
  }

  private func strict(
    _ function: ScalarFunction, _ arguments: [Vector], _ type: SQLType, count: Int, node: Int
  ) -> Vector {
    switch function {
    case .add, .subtract, .multiply, .divide, .modulo:
      return arithmetic(function, arguments[0], arguments[1], type, count)
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
      return comparison(function, arguments[0], arguments[1], count)
    case .not: return Vector(.boolean, .bool(arguments[0].bools.map { !$0 }))
    case .negate, .abs, .ceil, .floor, .round, .sqrt, .ln, .exp: return numeric(function, arguments, type, count)
    case .fromUnixTime: return scaledTime(arguments[0], by: 1000)
    case .unixTimestamp:
      return Vector(.bigint, .int64(arguments[0].int64s.map { $0.flooredQuotient(1000) }))
    default: return text(function, arguments, type, count, node: node)
    }
  }

  private func scaledTime(_ vector: Vector, by factor: Int64) -> Vector {
    var failures: [Bool]?
    let values = vector.int64s
    var out = values
    for i in values.indices {
      let (value, overflow) = values[i].multipliedReportingOverflow(by: factor)
      if overflow { DecimalLane.flag(&failures, i, values.count) }
      out[i] = value
    }
    return Vector(.timestamp, .int64(out), failures: failures)
  }
}

extension ScalarFunction {
  var isComparison: Bool {
    switch self {
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
    default: false
    }
  }
}
