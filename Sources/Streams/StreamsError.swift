import Contracts
import Formats
import Kafka
import Windows

/// Why queries could not run, or had to stop, with what to do next. Holds no record values.
public struct StreamsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What a caller can do about it.
  public enum Code: String, Hashable, Sendable {
    /// A cluster, topic or registry is not there; trying later may help.
    case unavailable
    /// A plan, a setting or a contract cannot be run as it is.
    case badInput
    /// Stored state and committed offsets contradict each other: going on would count records twice or not at all.
    case inconsistent
    /// Another instance runs under the same name.
    case fenced
    /// Anything else that ends the run: authorisation, lost or corrupt data, a bug.
    case fatal
  }

  public let code: Code
  /// What happened, as a sentence without a full stop.
  public let reason: String
  /// What to do about it, as a sentence without a full stop; may be empty.
  public let advice: String

  public init(_ code: Code, _ reason: String, advice: String = "") {
    self.code = code
    self.reason = reason
    self.advice = advice
  }

  /// `reason. advice.`
  public var description: String { advice.isEmpty ? "\(reason)." : "\(reason). \(advice)." }

  /// Any error of a lower room, as this room's.
  public static func wrapping(_ error: any Error) -> StreamsError {
    switch error {
    case let error as StreamsError: error
    case let error as KafkaError: StreamsError(code(error.recovery), error.description, advice: advice(error.recovery))
    case let error as ContractError:
      StreamsError(error.code == .unavailable ? .unavailable : .badInput, error.reason, advice: error.advice)
    case let error as WindowsError:
      refusal(error)
    case let error as FormatError: StreamsError(error.code == .unavailable ? .unavailable : .badInput, error.reason)
    default: StreamsError(.fatal, "\(error)")
    }
  }

  private static func refusal(_ error: WindowsError) -> StreamsError {
    if case .unsupported(let what) = error {
      return StreamsError(.badInput, "\(what) cannot be run", advice: "Write the query differently")
    }
    return StreamsError(.fatal, error.description)
  }

  private static func code(_ recovery: KafkaError.Recovery) -> Code {
    switch recovery {
    case .unavailable, .retrySameCall, .abortAndReplay, .rebuild: .unavailable
    case .badInput: .badInput
    case .fenced: .fenced
    case .fatal: .fatal
    }
  }

  private static func advice(_ recovery: KafkaError.Recovery) -> String {
    switch recovery {
    case .unavailable, .retrySameCall, .abortAndReplay, .rebuild: "Check that the cluster is up and --bootstrap names it"
    case .fenced: "Give each running instance a name of its own"
    case .badInput, .fatal: ""
    }
  }
}

extension KafkaError.Recovery {
  /// What the runtime does about an error of any room below.
  static func of(_ error: any Error) -> KafkaError.Recovery {
    switch error {
    case let error as KafkaError: error.recovery
    case let error as ContractError: error.code == .unavailable ? .abortAndReplay : .fatal
    case let error as FormatError: error.code == .unavailable ? .abortAndReplay : .fatal
    default: .fatal
    }
  }
}
