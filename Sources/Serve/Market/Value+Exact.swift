import Market
import Values

extension Value {
  /// The number that it is, with the digits behind its point; nil for what is no exact number.
  var exact: FixedDecimal? {
    switch self {
    case .decimal(let unscaled, let scale): FixedDecimal(unscaled: unscaled, scale: scale)
    case .integer(let number): FixedDecimal(unscaled: Int128(number), scale: 0)
    case .bigint(let number): FixedDecimal(unscaled: Int128(number), scale: 0)
    default: nil
    }
  }
}
