import Columns
import Market
import SQL

extension ExpressionGraph {
  func arithmetic(_ function: ScalarFunction, _ a: Vector, _ b: Vector, _ type: SQLType, _ count: Int) -> Vector {
    switch type {
    case .double: return doubleArithmetic(function, a, b, count)
    case .decimal:
      switch function {
      case .multiply: return decimalProduct(a, b, type, count)
      case .divide: return decimalQuotient(a, b, type, count)
      default: return decimalSum(function, a, b, type, count)
      }
    default: return wholeArithmetic(function, a, b, type, count)
    }
  }

  private func doubleArithmetic(_ function: ScalarFunction, _ a: Vector, _ b: Vector, _ count: Int) -> Vector {
    let (x, y) = (a.doubles, b.doubles)
    var result: Vector
    switch function {
    case .add: result = Self.map(x, y, a.mask, b.mask, count) { ($0 + $1, false) }
    case .subtract: result = Self.map(x, y, a.mask, b.mask, count) { ($0 - $1, false) }
    case .multiply: result = Self.map(x, y, a.mask, b.mask, count) { ($0 * $1, false) }
    case .divide: result = Self.map(x, y, a.mask, b.mask, count) { ($0 / $1, $1 == 0) }
    default: result = Self.map(x, y, a.mask, b.mask, count) { ($0.truncatingRemainder(dividingBy: $1), $1 == 0) }
    }
    Self.failNonFinite(&result)
    return result
  }

  /// Fails the rows that hold infinity or NaN. Batches mostly have none, which one pass without branches finds out.
  static func failNonFinite(_ vector: inout Vector) {
    guard case .double(let values) = vector.values else { return }
    let exponent = Double.infinity.bitPattern
    var strange = false
    for value in values { strange = strange || value.bitPattern & exponent == exponent }
    guard strange else { return }
    for (i, value) in values.enumerated() where !value.isFinite { DecimalLane.flag(&vector.failures, i, values.count) }
  }

  private func wholeArithmetic(
    _ function: ScalarFunction, _ a: Vector, _ b: Vector, _ type: SQLType, _ count: Int
  ) -> Vector {
    let (x, y) = (a.int64s, b.int64s)
    guard !x.isEmpty || count == 0, !y.isEmpty || count == 0 else { return wholeFromWide(function, a, b, type, count) }
    var result: Vector
    switch function {
    case .add: result = Self.map(x, y, a.mask, b.mask, count) { $0.addingReportingOverflow($1) }
    case .subtract: result = Self.map(x, y, a.mask, b.mask, count) { $0.subtractingReportingOverflow($1) }
    case .multiply: result = Self.map(x, y, a.mask, b.mask, count) { $0.multipliedReportingOverflow(by: $1) }
    case .divide: result = Self.map(x, y, a.mask, b.mask, count) { $0.dividedReportingOverflow(by: $1) }
    default:
      // The remainder of Int64.min by -1 is 0; only a zero divisor has none.
      result = Self.map(x, y, a.mask, b.mask, count) { $1 == 0 ? (0, true) : ($1 == -1 ? (0, false) : ($0 % $1, false)) }
    }
    if type == .integer, case .int64(let values) = result.values {
      for i in values.indices where values[i] != Int64(Int32(truncatingIfNeeded: values[i])) {
        DecimalLane.flag(&result.failures, i, count)
      }
    }
    return result
  }

  private func wholeFromWide(
    _ function: ScalarFunction, _ a: Vector, _ b: Vector, _ type: SQLType, _ count: Int
  ) -> Vector {
    let exact = SQLType.decimal(precision: 38, scale: Swift.max(a.type.scale, b.type.scale))
    return cast(arithmetic(function, a, b, exact, count), to: type, node: -1)
  }

  private func decimalSum(
    _ function: ScalarFunction, _ a: Vector, _ b: Vector, _ type: SQLType, _ count: Int
  ) -> Vector {
    let scale = function == .modulo ? Swift.max(a.type.scale, b.type.scale) : type.scale
    let (x, xFailed) = DecimalLane.rescaled(a, to: scale)
    let (y, yFailed) = DecimalLane.rescaled(b, to: scale)
    var (values, failures) = ([Int128](), [Bool]?.none)
    switch function {
    case .add: (values, failures) = Self.map128(x, y, a.mask, b.mask, count) { $0.addingReportingOverflow($1) }
    case .subtract:
      (values, failures) = Self.map128(x, y, a.mask, b.mask, count) { $0.subtractingReportingOverflow($1) }
    default:
      (values, failures) = Self.map128(x, y, a.mask, b.mask, count) { $1 == 0 ? (0, true) : ($0 % $1, false) }
    }
    if xFailed != nil || yFailed != nil {
      for i in 0..<count where (xFailed?[i & a.mask] ?? false) || (yFailed?[i & b.mask] ?? false) {
        DecimalLane.flag(&failures, i, count)
      }
    }
    let exact = SQLType.decimal(precision: 38, scale: scale)
    return packed(values, failures, at: exact, as: type)
  }

  private func decimalProduct(_ a: Vector, _ b: Vector, _ type: SQLType, _ count: Int) -> Vector {
    let scale = a.type.scale + b.type.scale
    let (values, failures): ([Int128], [Bool]?)
    switch (a.values, b.values) {
    case (.int64(let x), .int64(let y)):
      (values, failures) = Self.mapWide(x, y, a.mask, b.mask, count) { (Int128($0) &* Int128($1), false) }
    case (.int64(let x), .int128(let y)):
      (values, failures) = Self.mapWide(x, y, a.mask, b.mask, count) { Self.product($1, $0) }
    case (.int128(let x), .int64(let y)):
      (values, failures) = Self.mapWide(x, y, a.mask, b.mask, count) { Self.product($0, $1) }
    default:
      let (x, y) = (a.int128s, b.int128s)
      (values, failures) = Self.map128(x, y, a.mask, b.mask, count) { $0.multipliedReportingOverflow(by: $1) }
    }
    return packed(values, failures, at: .decimal(precision: 38, scale: scale), as: type)
  }

  /// A quantity mostly fits 64 bits, and then one machine multiplication gives the exact product.
  @inline(__always)
  private static func product(_ wide: Int128, _ narrow: Int64) -> (Int128, Bool) {
    let low = Int64(truncatingIfNeeded: wide)
    if Int128(low) == wide { return (Int128(low) &* Int128(narrow), false) }
    return wide.multipliedReportingOverflow(by: Int128(narrow))
  }

  private func decimalQuotient(_ a: Vector, _ b: Vector, _ type: SQLType, _ count: Int) -> Vector {
    let shift = type.scale - a.type.scale + b.type.scale
    let (x, y) = (a.int128s, b.int128s)
    let (values, failures) = Self.map128(x, y, a.mask, b.mask, count) { dividend, divisor in
      ExactQuotient.roundedHalfUp(dividend, shiftedBy: shift, by: divisor).map { ($0, false) } ?? (0, true)
    }
    return DecimalLane.pack(values, type, failures: failures)
  }

  private func packed(_ values: [Int128], _ failures: [Bool]?, at exact: SQLType, as type: SQLType) -> Vector {
    if exact.scale == type.scale { return DecimalLane.pack(values, type, failures: failures) }
    let (moved, failed) = DecimalLane.rescaled(Vector(exact, .int128(values), failures: failures), to: type.scale)
    return DecimalLane.pack(moved, type, failures: failed)
  }
}

// The loops. Generic and inlined, so that each operator gets its own machine loop without a call per row.
extension ExpressionGraph {
  @inline(__always)
  static func map(
    _ x: [Double], _ y: [Double], _ mx: Int, _ my: Int, _ count: Int, _ body: (Double, Double) -> (Double, Bool)
  ) -> Vector {
    let (values, failures) = mapLanes(x, y, mx, my, count, body)
    return Vector(.double, .double(values), failures: failures)
  }

  @inline(__always)
  static func map(
    _ x: [Int64], _ y: [Int64], _ mx: Int, _ my: Int, _ count: Int,
    _ body: (Int64, Int64) -> (partialValue: Int64, overflow: Bool)
  ) -> Vector {
    let (values, failures) = mapLanes(x, y, mx, my, count) { (a: Int64, b: Int64) -> (Int64, Bool) in body(a, b) }
    return Vector(.bigint, .int64(values), failures: failures)
  }

  @inline(__always)
  static func map128(
    _ x: [Int128], _ y: [Int128], _ mx: Int, _ my: Int, _ count: Int,
    _ body: (Int128, Int128) -> (partialValue: Int128, overflow: Bool)
  ) -> ([Int128], [Bool]?) {
    mapLanes(x, y, mx, my, count) { (a: Int128, b: Int128) -> (Int128, Bool) in body(a, b) }
  }

  @inline(__always)
  static func mapWide<A, B>(
    _ x: [A], _ y: [B], _ mx: Int, _ my: Int, _ count: Int, _ body: (A, B) -> (Int128, Bool)
  ) -> ([Int128], [Bool]?) { mapLanes(x, y, mx, my, count, body) }

  @inline(__always)
  static func mapLanes<A, B, R>(
    _ x: [A], _ y: [B], _ mx: Int, _ my: Int, _ count: Int, _ body: (A, B) -> (R, Bool)
  ) -> ([R], [Bool]?) {
    var failures: [Bool]?
    let values = x.withUnsafeBufferPointer { x in
      y.withUnsafeBufferPointer { y in
        [R](unsafeUninitializedCapacity: count) { out, initialized in
          for i in 0..<count {
            let (value, failed) = body(x[i & mx], y[i & my])
            out.initializeElement(at: i, to: value)
            if failed { DecimalLane.flag(&failures, i, count) }
          }
          initialized = count
        }
      }
    }
    return (values, failures)
  }
}
