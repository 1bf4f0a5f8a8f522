import Columns
import SQL

extension ExpressionGraph {
  func comparison(_ function: ScalarFunction, _ a: Vector, _ b: Vector, _ count: Int) -> Vector {
    if a.type == .string, function == .equal || function == .notEqual {
      return Vector(.boolean, .bool(sameText(a, b, count, wanted: function == .equal)))
    }
    let order = ordering(a, b, count)
    let flags: [Bool]
    switch function {
    case .equal: flags = order.map { $0 == 0 }
    case .notEqual: flags = order.map { $0 != 0 }
    case .less: flags = order.map { $0 == -1 }
    case .lessOrEqual: flags = order.map { $0 == -1 || $0 == 0 }
    case .greater: flags = order.map { $0 == 1 }
    default: flags = order.map { $0 == 1 || $0 == 0 }
    }
    return Vector(.boolean, .bool(flags))
  }

  /// What `ordering` gives where a NaN stands on either side: neither less, equal nor greater.
  static let unordered: Int8 = 2

  /// -1, 0 or 1 per row.
  func ordering(_ a: Vector, _ b: Vector, _ count: Int) -> [Int8] {
    switch (a.values, b.values) {
    case (.codes, _), (.bytes, _): return bytesOrdering(a, b, count)
    case (.bool, _): return Self.orders(a.int64s, b.int64s, a.mask, b.mask, count)
    default: break
    }
    if a.type == .double || b.type == .double {
      return Self.orders(a.doubles, b.doubles, a.mask, b.mask, count)
    }
    if a.type.scale == b.type.scale, case .int64(let x) = a.values, case .int64(let y) = b.values {
      return Self.orders(x, y, a.mask, b.mask, count)
    }
    let scale = Swift.max(a.type.scale, b.type.scale)
    let x = DecimalLane.rescaled(a, to: scale, clamping: true).values
    let y = DecimalLane.rescaled(b, to: scale, clamping: true).values
    return Self.orders(x, y, a.mask, b.mask, count)
  }

  @inline(__always)
  private static func orders<T: Comparable>(_ x: [T], _ y: [T], _ mx: Int, _ my: Int, _ count: Int) -> [Int8] {
    mapLanes(x, y, mx, my, count) { (a: T, b: T) -> (Int8, Bool) in
      (a < b ? -1 : (a == b ? 0 : (a > b ? 1 : unordered)), false)
    }.0
  }

  private func bytesOrdering(_ a: Vector, _ b: Vector, _ count: Int) -> [Int8] {
    (0..<count).map { row in
      a.withBytes(row) { x in b.withBytes(row) { y in ByteOrder.compare(x, y) } }
    }
  }

  /// Equality of strings. Against a constant, or within one dictionary, codes are compared and the text is never touched.
  private func sameText(_ a: Vector, _ b: Vector, _ count: Int, wanted: Bool) -> [Bool] {
    guard case .codes(let x, let dx) = a.values, case .codes(let y, let dy) = b.values else { return [] }
    if dx === dy {
      return Self.mapLanes(x, y, a.mask, b.mask, count) { (p: Int32, q: Int32) -> (Bool, Bool) in
        ((p == q) == wanted, false)
      }.0
    }
    if b.isConstant { return Self.sameCode(x, a.mask, dx.find(dy.string(y[0])) ?? -1, count, wanted) }
    if a.isConstant { return Self.sameCode(y, b.mask, dy.find(dx.string(x[0])) ?? -1, count, wanted) }
    return bytesOrdering(a, b, count).map { ($0 == 0) == wanted }
  }

  private static func sameCode(_ codes: [Int32], _ mask: Int, _ code: Int32, _ count: Int, _ wanted: Bool) -> [Bool] {
    mapLanes(codes, codes, mask, mask, count) { (p: Int32, _: Int32) -> (Bool, Bool) in ((p == code) == wanted, false) }.0
  }
}

/// Lexicographic order of byte strings.
enum ByteOrder {
  static func compare(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int8 {
    let common = Swift.min(a.count, b.count)
    for i in 0..<common where a[i] != b[i] { return a[i] < b[i] ? -1 : 1 }
    return a.count == b.count ? 0 : (a.count < b.count ? -1 : 1)
  }
}
