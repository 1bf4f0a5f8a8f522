/// Why a statement or request was not carried out, with what to do next. Holds no record values.
public struct ServeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure it is, and the error code that ksqlDB's clients know it by.
  public enum Code: Int, Hashable, Sendable {
    /// The request itself is no request of this interface.
    case badRequest = 40000
    /// The statement is wrong, or has no meaning here.
    case badStatement = 40001
    /// The statement is for another resource than the one it was sent to.
    case wrongResource = 40002
    /// A page of another site asks through somebody's browser.
    case forbidden = 40300
    case notFound = 40400
    case methodNotAllowed = 40500
    /// The answer cannot be given in the form that was asked for.
    case notAcceptable = 40600
    case timedOut = 40800
    case tooLarge = 41300
    case tooMany = 42900
    /// A bug here.
    case failed = 50000
    /// The cluster or the registry does not answer, or a topic is not there yet.
    case unavailable = 50300
  }

  public var code: Code
  /// What happened, with what to do about it.
  public var message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }

  /// The status of an HTTP answer.
  public var status: Int { code.rawValue / 100 }
}
