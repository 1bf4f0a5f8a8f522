import Columns
import Foundation
import SQL

extension ExpressionGraph {
  func numeric(_ function: ScalarFunction, _ arguments: [Vector], _ type: SQLType, _ count: Int) -> Vector {
    let argument = arguments[0]
    switch function {
    case .sqrt: return Self.real(argument) { $0 < 0 ? nil : $0.squareRoot() }
    case .ln: return Self.real(argument) { $0 <= 0 ? nil : log($0) }
    case .exp:
      var powers = Self.real(argument) { Foundation.exp($0) }
      Self.failNonFinite(&powers)
      return powers
    default: break
    }
    if argument.type == .double { return converted(Self.rounding(function, arguments, count), to: type) }
    return exactNumeric(function, arguments, type, count)
  }

  @inline(__always)
  private static func real(_ argument: Vector, _ body: (Double) -> Double?) -> Vector {
    let x = argument.doubles
    var failures: [Bool]?
    var out = x
    for i in x.indices {
      if let value = body(x[i]) { out[i] = value } else { DecimalLane.flag(&failures, i, x.count) }
    }
    return Vector(.double, .double(out), failures: failures)
  }

  private static func rounding(_ function: ScalarFunction, _ arguments: [Vector], _ count: Int) -> Vector {
    let x = arguments[0].doubles
    let values = (0..<count).map { i -> Double in
      let value = x[i & arguments[0].mask]
      switch function {
      case .negate: return -value
      case .abs: return Swift.abs(value)
      case .ceil: return value.rounded(.up)
      case .floor: return value.rounded(.down)
      default:
        let nearest = value.rounded(.toNearestOrAwayFromZero)
        return value - nearest == 0.5 ? nearest + 1 : nearest
      }
    }
    return Vector(.double, .double(values))
  }

  /// The second argument of ROUND, clamped to what a decimal can have; 0 where it is left out.
  private static func places(_ arguments: [Vector]) -> ([Int], Int) {
    guard arguments.count > 1 else { return ([0], 0) }
    return (arguments[1].narrowed.map { Int(Swift.min(Swift.max($0, -38), 38)) }, arguments[1].mask)
  }

  private func exactNumeric(
    _ function: ScalarFunction, _ arguments: [Vector], _ type: SQLType, _ count: Int
  ) -> Vector {
    let argument = arguments[0]
    let (x, scale) = (argument.int128s, argument.type.scale)
    let (digits, mask) = Self.places(arguments)
    let values = (0..<count).map { i -> Int128 in
      let value = x[i & argument.mask]
      switch function {
      case .negate: return 0 &- value
      case .abs: return value < 0 ? 0 &- value : value
      case .ceil: return Self.cut(value, scale) { $0 > 0 ? 1 : 0 }
      case .floor: return Self.cut(value, scale) { $0 < 0 ? -1 : 0 }
      default: return Self.rounded(value, scale - digits[i & mask])
      }
    }
    let exact = SQLType.decimal(precision: 38, scale: scale)
    return converted(Vector(exact, .int128(values)), to: type)
  }

  /// Drops `places` digits; `adjust` maps what was dropped to a step of -1, 0 or 1.
  private static func cut(_ value: Int128, _ places: Int, _ adjust: (Int128) -> Int128) -> Int128 {
    let unit = DecimalLane.power(places)
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: unit)
    let (result, overflow) = (quotient + adjust(remainder)).multipliedReportingOverflow(by: unit)
    return overflow ? (value < 0 ? .min : .max) : result
  }

  /// To the nearest, halves upwards.
  private static func rounded(_ value: Int128, _ places: Int) -> Int128 {
    guard places > 0 else { return value }
    guard places <= 38 else { return 0 }
    let half = DecimalLane.power(places) / 2
    return cut(value, places) { $0 >= half ? 1 : ($0 < -half ? -1 : 0) }
  }

  private func converted(_ vector: Vector, to type: SQLType) -> Vector {
    vector.type == type ? vector : cast(vector, to: type, node: -1)
  }
}
