/// Why a contract could not be read, kept or met, with what to do next.
///
/// The text never holds record values: it names fields, types, subjects and addresses only.
public struct ContractError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of failure; decides what a caller can do.
  public enum Code: String, Sendable, Hashable {
    /// The registry did not answer, or answered with a server error, after all retries. Trying later may help.
    case unavailable
    /// A schema breaks the compatibility level of its subject, or a lake-safety rule.
    case incompatible
    /// No such subject, version or schema id.
    case notFound
    /// The text is not a schema.
    case invalidSchema
    /// The bytes are not a record of their schema, or hold a value that the target cannot keep exactly.
    case badData
    /// Legal, but not something this program can represent (for example a nested column).
    case unsupported
    /// The registry understood the request and refused it (mode, reference, permission).
    case refused
    /// An argument, file or folder is not what it has to be.
    case badInput
  }

  public let code: Code
  /// What happened, as a sentence without a full stop.
  public let reason: String
  /// What to do about it, as a sentence without a full stop; empty where nothing useful can be said.
  public let advice: String

  public init(_ code: Code, _ reason: String, advice: String = "") {
    self.code = code
    self.reason = reason
    self.advice = advice
  }

  /// Whether the same call may succeed later without any change.
  public var isRetriable: Bool { code == .unavailable }

  /// `reason. advice.`
  public var description: String { advice.isEmpty ? "\(reason)." : "\(reason). \(advice)." }

  /// The same error seen from further out: `context: reason`.
  public func adding(context: String) -> ContractError {
    ContractError(code, "\(context): \(reason)", advice: advice)
  }
}
