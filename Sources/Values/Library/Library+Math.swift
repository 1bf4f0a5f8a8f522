import Foundation
import SQL

extension Library {
  static let math: [String: Library] = [
    "SQRT": real { $0.squareRoot() },
    "CBRT": real { cubeRoot($0) },
    "EXP": real { exp($0) },
    "LN": real { log($0) },
    "LOG": Library { arguments, _ throws(ValueError) in try logarithm(arguments) },
    "POWER": reals { pow($0, $1) },
    "PI": Library { _, _ in .double(.pi) },
    "DEGREES": real { $0 * 180 / .pi },
    "RADIANS": real { $0 * .pi / 180 },
    "SIGN": Library { arguments, _ throws(ValueError) in
      .integer(Int32(arguments[0].compared(to: .integer(0)) ?? 0))
    },
    "ABS": Library { arguments, _ throws(ValueError) in try absolute(arguments[0]) },
    "CEIL": Library { arguments, call throws(ValueError) in
      try fitted(try rounded(arguments[0], 0, .up, keepsScale: true), call)
    },
    "FLOOR": Library { arguments, call throws(ValueError) in
      try fitted(try rounded(arguments[0], 0, .down, keepsScale: true), call)
    },
    "ROUND": Library { arguments, call throws(ValueError) in try places(arguments, call, .halfUp) },
    "TRUNC": Library { arguments, call throws(ValueError) in try places(arguments, call, .towardZero) },
    "GREATEST": Library(seesNulls: true) { arguments, _ in extreme(arguments, 1) },
    "LEAST": Library(seesNulls: true) { arguments, _ in extreme(arguments, -1) },
    "GEO_DISTANCE": Library(seesNulls: true) { arguments, _ throws(ValueError) in try distance(arguments) },
  ]

  static let trigonometry: [String: Library] = [
    "SIN": real { sin($0) }, "COS": real { cos($0) }, "TAN": real { tan($0) }, "COT": real { 1 / tan($0) },
    "ASIN": real { asin($0) }, "ACOS": real { acos($0) }, "ATAN": real { atan($0) }, "ATAN2": reals { atan2($0, $1) },
    "SINH": real { sinh($0) }, "COSH": real { cosh($0) }, "TANH": real { tanh($0) },
  ]

  private static func real(_ function: @escaping @Sendable (Double) -> Double) -> Library {
    Library { arguments, _ throws(ValueError) in
      let x = try arguments.real(0)
      return try checked(function(x), x.isFinite)
    }
  }

  private static func reals(_ function: @escaping @Sendable (Double, Double) -> Double) -> Library {
    Library { arguments, _ throws(ValueError) in
      let (a, b) = (try arguments.real(0), try arguments.real(1))
      return try checked(function(a, b), a.isFinite && b.isFinite)
    }
  }

  /// What is not defined for numbers, and what is too large, is an error instead of NaN or infinity.
  private static func checked(_ result: Double, _ isDefined: Bool) throws(ValueError) -> Value {
    guard result.isFinite || !isDefined else { throw .overflow("a number without a result, or with one that is too large") }
    return .double(result)
  }

  /// One step of Newton's method takes away what the C library leaves over.
  private static func cubeRoot(_ x: Double) -> Double {
    let root = cbrt(x)
    let better = root - (root * root * root - x) / (3 * root * root)
    return better.isFinite ? better : root
  }

  private static func logarithm(_ arguments: [Value]) throws(ValueError) -> Value {
    let x = try arguments.real(arguments.count - 1)
    guard arguments.count > 1 else { return try checked(log(x), x.isFinite) }
    let base = try arguments.real(0)
    guard base > 0, base != 1 else { throw .invalid("LOG to a base that is not positive, or is 1") }
    // The logarithms of 2 and 10 are exact for powers; a quotient of natural ones is not.
    let result = base == 2 ? log2(x) : base == 10 ? log10(x) : log(x) / log(base)
    return try checked(result, x.isFinite)
  }

  private static func absolute(_ value: Value) throws(ValueError) -> Value {
    switch value {
    case .integer(let value): return try .int(abs(Int(value)))
    case .bigint(let value):
      guard value != .min else { throw .overflow("a number too large for BIGINT") }
      return .bigint(abs(value))
    case .double(let value): return .double(abs(value))
    case .decimal(let unscaled, let scale): return .decimal(unscaled: abs(unscaled), scale: scale)
    default: throw .invalid("ABS of no number")
    }
  }

  private static func extreme(_ values: [Value], _ sign: Int) -> Value {
    var best = Value.null
    for value in values where !value.isNull {
      if best.isNull || (value.compared(to: best) ?? 0) * sign > 0 { best = value }
    }
    return best
  }

  /// ROUND and TRUNC: without places the result has none, with places it keeps the type.
  private static func places(
    _ arguments: [Value], _ call: LibraryCall, _ rule: RoundingRule
  ) throws(ValueError) -> Value {
    let keepsScale = arguments.count > 1
    let places = keepsScale ? try arguments.whole(1) : 0
    let value = try rounded(arguments[0], places, rule, keepsScale: keepsScale)
    switch (value, call.result) {
    case (.double(let value), .bigint):
      guard let whole = Int64(exactly: value) else { throw .overflow("a number too large for BIGINT") }
      return .bigint(whole)
    case (.integer(let value), .bigint): return .bigint(Int64(value))
    default: return try fitted(value, call)
    }
  }

  /// Rounding up can take one digit more than the type has.
  private static func fitted(_ value: Value, _ call: LibraryCall) throws(ValueError) -> Value {
    if case .decimal(let unscaled, _) = value, case .decimal(let precision, _) = call.result {
      guard Decimals.fits(unscaled, precision: precision) else { throw .overflow("a DECIMAL with too many digits") }
    }
    return value
  }

  private static func rounded(
    _ value: Value, _ places: Int, _ rule: RoundingRule, keepsScale: Bool
  ) throws(ValueError) -> Value {
    switch value {
    case .double(let value):
      guard places != 0 else { return .double(rule.rounded(value)) }
      return .double(try rounded(value, places, rule))
    case .decimal(let unscaled, let scale):
      guard places < scale else { return value }
      let result = Decimals.rounded(unscaled, droppedDigits: scale - places, rule)
      guard keepsScale else { return .decimal(unscaled: result, scale: 0) }
      let (product, overflow) = result.multipliedReportingOverflow(by: Decimals.power(scale - places))
      guard !overflow, Decimals.fits(product, precision: 38) else { throw .overflow("a DECIMAL with too many digits") }
      return .decimal(unscaled: product, scale: scale)
    default: return value
    }
  }

  /// By the decimal digits that name the double, as people read it: 1.005 with 2 places is 1.01.
  private static func rounded(_ value: Double, _ places: Int, _ rule: RoundingRule) throws(ValueError) -> Double {
    guard value.isFinite, value != 0 else { return value }
    let (digits, exponent) = JavaDouble.shortest(value.magnitude)
    let scale = digits.count - 1 - exponent
    guard places < scale, let unscaled = Int128(digits) else { return value }
    let signed = value < 0 ? -unscaled : unscaled
    // Beyond 38 digits dropped nothing can be left.
    let kept = scale - places > 38 ? 0 : Decimals.rounded(signed, droppedDigits: scale - places, rule)
    return Double("\(kept)e\(-places)") ?? value
  }

  /// Without a unit, or with NULL for one, in kilometres.
  private static func distance(_ arguments: [Value]) throws(ValueError) -> Value {
    if arguments.prefix(4).contains(where: \.isNull) { return .null }
    let (lat1, lon1) = (try arguments.real(0), try arguments.real(1))
    let (lat2, lon2) = (try arguments.real(2), try arguments.real(3))
    guard [lat1, lat2].allSatisfy({ abs($0) <= 90 }), [lon1, lon2].allSatisfy({ abs($0) <= 180 }) else {
      throw .invalid("GEO_DISTANCE of no place: latitudes go to 90 degrees, longitudes to 180")
    }
    let unit = arguments.count > 4 && !arguments[4].isNull ? try arguments.text(4).lowercased() : "km"
    let radius: Double
    switch unit {
    case "km", "kilometer", "kilometers", "kilometre", "kilometres": radius = 6371
    case "mi", "mile", "miles": radius = 3959
    default: throw .invalid("GEO_DISTANCE in an unknown unit; use KM or MI")
    }
    let half = { (degrees: Double) in pow(sin(degrees * .pi / 360), 2) }
    let a = half(lat2 - lat1) + half(lon2 - lon1) * cos(lat1 * .pi / 180) * cos(lat2 * .pi / 180)
    return .double(2 * asin(min(1, a.squareRoot())) * radius)
  }
}

/// Which number stands for those that lie between two.
enum RoundingRule {
  case up, down, towardZero
  /// The nearest; halves in the positive direction, as ksqlDB's ROUND.
  case halfUp

  func rounded(_ value: Double) -> Double {
    switch self {
    case .up: return value.rounded(.up)
    case .down: return value.rounded(.down)
    case .towardZero: return value.rounded(.towardZero)
    case .halfUp:
      let nearest = value.rounded(.toNearestOrAwayFromZero)
      return value - nearest == 0.5 ? nearest + 1 : nearest
    }
  }
}

extension Decimals {
  /// The value without its last `droppedDigits` digits (1…38 or more).
  static func rounded(_ unscaled: Int128, droppedDigits: Int, _ rule: RoundingRule) -> Int128 {
    guard droppedDigits <= 38 else {
      return rule == .up && unscaled > 0 ? 1 : rule == .down && unscaled < 0 ? -1 : 0
    }
    let (quotient, remainder) = unscaled.quotientAndRemainder(dividingBy: power(droppedDigits))
    switch rule {
    case .up: return remainder > 0 ? quotient + 1 : quotient
    case .down: return remainder < 0 ? quotient - 1 : quotient
    case .halfUp:
      // 10^38 has a half that is whole, as every power from 10 on.
      let half = power(droppedDigits) / 2
      return remainder >= half ? quotient + 1 : remainder < -half ? quotient - 1 : quotient
    case .towardZero: return quotient
    }
  }
}
