import Columns
import Market
import SQL

/// Decimals in and out of their lanes: 64 bits for up to 18 digits, 128 for more.
enum DecimalLane {
  @inline(__always)
  static func power(_ exponent: Int) -> Int128 { FixedDecimal.power(Swift.min(Swift.max(exponent, 0), 38)) }

  /// Puts unscaled values into the lane of `type`; values that do not fit are flagged as failed.
  static func pack(_ values: [Int128], _ type: SQLType, failures: [Bool]? = nil) -> Vector {
    guard case .decimal(let precision, _) = type else { return packWhole(values, type, failures: failures) }
    let bound = power(precision)
    var failed = failures
    for i in values.indices where values[i] >= bound || values[i] <= -bound { flag(&failed, i, values.count) }
    guard precision <= 18 else { return Vector(type, .int128(values), failures: failed) }
    return Vector(type, .int64(values.map { Int64(truncatingIfNeeded: $0) }), failures: failed)
  }

  private static func packWhole(_ values: [Int128], _ type: SQLType, failures: [Bool]?) -> Vector {
    let bounds: ClosedRange<Int128> =
      type == .integer ? Int128(Int32.min)...Int128(Int32.max) : Int128(Int64.min)...Int128(Int64.max)
    var failed = failures
    for i in values.indices where !bounds.contains(values[i]) { flag(&failed, i, values.count) }
    return Vector(type, .int64(values.map { Int64(truncatingIfNeeded: $0) }), failures: failed)
  }

  /// Unscaled values of `vector` at another scale. `exactly` false compares: values too large are clamped, which keeps
  /// their order, instead of being flagged.
  static func rescaled(_ vector: Vector, to scale: Int, clamping: Bool = false) -> (values: [Int128], failures: [Bool]?) {
    var values = vector.int128s
    var failures = vector.failures
    let shift = scale - vector.type.scale
    if shift > 0 {
      let factor = power(shift)
      for i in values.indices {
        let (value, overflow) = values[i].multipliedReportingOverflow(by: factor)
        if overflow, clamping { values[i] = values[i] < 0 ? .min : .max; continue }
        if overflow { flag(&failures, i, values.count) }
        values[i] = overflow ? 0 : value
      }
    } else if shift < 0 {
      let factor = power(-shift)
      for i in values.indices {
        let (quotient, remainder) = values[i].quotientAndRemainder(dividingBy: factor)
        if remainder != 0 { flag(&failures, i, values.count) }
        values[i] = quotient
      }
    }
    return (values, failures)
  }

  @inline(__always)
  static func flag(_ flags: inout [Bool]?, _ index: Int, _ count: Int) {
    if flags == nil { flags = [Bool](repeating: false, count: count) }
    flags?[index] = true
  }
}
