/// Why a value could not be computed, converted or read. Fails the record it belongs to; holds no record values.
public enum ValueError: Error, Hashable, Sendable, CustomStringConvertible {
  /// An argument for which the function or conversion has no result.
  case invalid(String)
  /// A result that its type cannot hold, or only by losing digits.
  case overflow(String)
  /// Bytes that are no canonical encoding of a value.
  case corrupt(String)

  /// One sentence.
  public var description: String {
    switch self {
    case .invalid(let what), .overflow(let what): what
    case .corrupt(let what): "not an encoded value: \(what)"
    }
  }
}
