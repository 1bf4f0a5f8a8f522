extension Value {
  /// SQL's order: less than 0, 0 or more than 0; nil when either is NULL or the two have no common order. Numbers of any
  /// types compare by value, texts by code points, FALSE before TRUE, arrays and structures element by element.
  /// NaN counts as equal to itself and larger than all numbers, so that sorting is well defined.
  public func compared(to other: Value) -> Int? {
    switch (self, other) {
    case (.null, _), (_, .null): return nil
    case (.boolean(let a), .boolean(let b)): return Self.order(a ? 1 : 0, b ? 1 : 0)
    case (.string(let a), .string(let b)): return Self.order(a.utf8, b.utf8)
    case (.bytes(let a), .bytes(let b)): return Self.order(a, b)
    case (.timestamp(let a), .timestamp(let b)), (.time(let a), .time(let b)): return Self.order(a, b)
    case (.date(let a), .date(let b)): return Self.order(a, b)
    case (.array(let a), .array(let b)), (.structure(let a), .structure(let b)): return Self.order(a, b)
    case (.map(let a), .map(let b)):
      return Self.order(a.flatMap { [$0.key, $0.value] }, b.flatMap { [$0.key, $0.value] })
    default: return comparedNumber(to: other)
    }
  }

  private func comparedNumber(to other: Value) -> Int? {
    if let a = exact, let b = other.exact { return Decimals.compare(a.unscaled, a.scale, b.unscaled, b.scale) }
    guard let a = real, let b = other.real else { return nil }
    if a.isNaN || b.isNaN { return Self.order(a.isNaN ? 1 : 0, b.isNaN ? 1 : 0) }
    return Self.order(a, b)
  }

  /// Whole numbers and decimals as what they are exactly.
  var exact: (unscaled: Int128, scale: Int)? {
    switch self {
    case .integer(let value): (Int128(value), 0)
    case .bigint(let value): (Int128(value), 0)
    case .decimal(let unscaled, let scale): (unscaled, scale)
    default: nil
    }
  }

  /// Any number as the nearest double.
  var real: Double? {
    if case .double(let value) = self { return value }
    return exact.map { Decimals.double($0.unscaled, scale: $0.scale) }
  }

  private static func order<T: Comparable>(_ a: T, _ b: T) -> Int { a == b ? 0 : a < b ? -1 : 1 }

  private static func order(_ a: some Sequence<UInt8>, _ b: some Sequence<UInt8>) -> Int {
    if a.elementsEqual(b) { return 0 }
    return a.lexicographicallyPrecedes(b) ? -1 : 1
  }

  /// NULL elements come last, and equal one another.
  private static func order(_ a: [Value], _ b: [Value]) -> Int? {
    for (x, y) in zip(a, b) {
      if x.isNull || y.isNull {
        if x.isNull && y.isNull { continue }
        return x.isNull ? 1 : -1
      }
      guard let order = x.compared(to: y) else { return nil }
      if order != 0 { return order }
    }
    return order(a.count, b.count)
  }
}
