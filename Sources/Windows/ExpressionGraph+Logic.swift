import Columns
import SQL

extension ExpressionGraph {
  /// AND and OR with three truth values. A side that decides alone hides a NULL or a failure on the other.
  func logical(_ function: ScalarFunction, _ arguments: [Vector]) -> Vector {
    guard let first = arguments.first else { return Vector(.boolean, .bool([])) }
    let decisive = function == .or
    return arguments.dropFirst().reduce(first) { logicalPair($0, $1, decisive: decisive) }
  }

  private func logicalPair(_ a: Vector, _ b: Vector, decisive: Bool) -> Vector {
    let isConstant = a.isConstant && b.isConstant
    let count = isConstant ? 1 : rowCount
    let (x, y) = (a.bools, b.bools)
    var result: Vector
    if a.validity == nil, b.validity == nil, a.failures == nil, b.failures == nil {
      let flags = Self.mapLanes(x, y, a.mask, b.mask, count) { (p: Bool, q: Bool) -> (Bool, Bool) in
        (decisive ? p || q : p && q, false)
      }.0
      result = Vector(.boolean, .bool(flags))
    } else {
      result = flaggedPair(a, b, x, y, count, decisive)
    }
    result.isConstant = isConstant
    return result
  }

  private func flaggedPair(
    _ a: Vector, _ b: Vector, _ x: [Bool], _ y: [Bool], _ count: Int, _ decisive: Bool
  ) -> Vector {
    var values = [Bool](repeating: !decisive, count: count)
    var valid = [Bool](repeating: true, count: count)
    var failures: [Bool]?
    for i in 0..<count {
      let decidedA = a.isValid(i) && !a.isFailed(i) && x[i & a.mask] == decisive
      let decidedB = b.isValid(i) && !b.isFailed(i) && y[i & b.mask] == decisive
      if decidedA || decidedB {
        values[i] = decisive
      } else if a.isFailed(i) || b.isFailed(i) {
        DecimalLane.flag(&failures, i, count)
      } else {
        valid[i] = a.isValid(i) && b.isValid(i)
      }
    }
    return Vector(.boolean, .bool(values), validity: valid, failures: failures)
  }

  func nullTest(_ a: Vector, wantsNull: Bool) -> Vector {
    let count = a.isConstant ? 1 : rowCount
    let flags = a.validity.map { $0.map { $0 != wantsNull } } ?? [Bool](repeating: !wantsNull, count: count)
    var result = Vector(.boolean, .bool(flags), failures: a.failures)
    result.isConstant = a.isConstant
    return result
  }

  /// `a IN (b, c)` is `a = b OR a = c`: NULL is in no list, and no list's NULL is anything.
  func membership(_ arguments: [Vector]) -> Vector {
    if arguments.count > Self.fewValues, let result = membership(of: arguments[0], in: Array(arguments.dropFirst())) {
      return result
    }
    let tests = arguments.dropFirst().map { call(.equal, [arguments[0], $0], .boolean, node: -1) }
    return logical(.or, Array(tests))
  }

  /// How many values are compared one by one.
  private static let fewValues = 8

  /// Of a long list of constants a set is made once per batch; nil where the list is another one.
  private func membership(of value: Vector, in list: [Vector]) -> Vector? {
    guard list.allSatisfy({ $0.isConstant && $0.failures == nil && $0.type == value.type }) else { return nil }
    let known = list.filter { $0.isValid(0) }
    let flags: [Bool]
    switch value.values {
    case .int64(let values):
      let set = Set(known.compactMap { $0.int64s.first })
      flags = values.map { set.contains($0) }
    case .int128(let values):
      let set = Set(known.compactMap { $0.int128s.first })
      flags = values.map { set.contains($0) }
    case .codes:
      let set = Set(known.map { string($0, 0) })
      flags = perText(value) { set.contains($0) }
    default: return nil
    }
    var result = Vector(.boolean, .bool(flags), failures: value.failures)
    if let valid = value.validity { result.values = .bool(zip(flags, valid).map { $0 && $1 }) }
    result.isConstant = value.isConstant
    return result
  }

  func nullIf(_ arguments: [Vector], _ type: SQLType) -> Vector {
    let equal = call(.equal, arguments, .boolean, node: -1)
    let count = arguments.allSatisfy(\.isConstant) ? 1 : rowCount
    let picks = (0..<count).map { row -> Int8 in
      equal.isValid(row) && equal.bools[row & equal.mask] ? -1 : 0
    }
    var result = select([arguments[0]], picks, type)
    result.failures = RowFlags.either(result.failures, equal.failures.map { f in (0..<count).map { f[$0 & equal.mask] } })
    return result
  }

  func coalesce(_ arguments: [Vector], _ type: SQLType) -> Vector {
    let count = arguments.allSatisfy(\.isConstant) ? 1 : rowCount
    var picks = [Int8](repeating: -1, count: count)
    for (k, argument) in arguments.enumerated() {
      // A failed argument is not NULL: it is picked, and the row fails with it.
      for i in 0..<count where picks[i] < 0 && (argument.isValid(i) || argument.isFailed(i)) { picks[i] = Int8(k) }
    }
    return select(arguments, picks, type)
  }

  /// GREATEST and LEAST: NULLs are ignored; NULL only when all are.
  func extreme(_ arguments: [Vector], _ type: SQLType, greatest: Bool) -> Vector {
    let count = arguments.allSatisfy(\.isConstant) ? 1 : rowCount
    var picks = [Int8](repeating: -1, count: count)
    for (k, argument) in arguments.enumerated() {
      var orders: [Int: [Int8]] = [:]
      for other in 0..<k { orders[other] = ordering(argument, arguments[other], count) }
      for i in 0..<count where argument.isValid(i) || argument.isFailed(i) {
        let held = Int(picks[i])
        if held >= 0, arguments[held].isFailed(i) { continue }
        if held < 0 || argument.isFailed(i) || orders[held]?[i] == (greatest ? 1 : -1) { picks[i] = Int8(k) }
      }
    }
    return select(arguments, picks, type)
  }

  /// Arguments are condition, result, condition, result, …, otherwise. The first TRUE condition decides; only the
  /// conditions looked at and the result taken can fail a row.
  func conditional(_ parts: [Vector], _ type: SQLType) -> Vector {
    let count = parts.allSatisfy(\.isConstant) ? 1 : rowCount
    let branches = parts.count / 2
    var picks = [Int8](repeating: -2, count: count)
    var failures: [Bool]?
    for k in 0..<branches {
      let condition = parts[2 * k]
      let (flags, mask) = (condition.bools, condition.mask)
      for i in 0..<count where picks[i] == -2 {
        if condition.isFailed(i) {
          DecimalLane.flag(&failures, i, count)
          picks[i] = -1
        } else if flags[i & mask], condition.isValid(i) {
          picks[i] = Int8(k)
        }
      }
    }
    for i in 0..<count where picks[i] == -2 { picks[i] = Int8(branches) }
    var results = (0..<branches).map { parts[2 * $0 + 1] }
    results.append(parts[parts.count - 1])
    var result = select(results, picks, type)
    result.failures = RowFlags.either(result.failures, failures)
    return result
  }
}
