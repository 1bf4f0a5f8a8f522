import Contracts
import Kafka
import Venues

/// Why ingest stopped, by what to do about it. Bad lines never stop it.
public struct IngestError: Error, CustomStringConvertible, Sendable {
  public enum Kind: Sendable {
    /// The source is not what it claims, or the contract is incompatible.
    case badInput
    /// A broker or registry that is not there.
    case unavailable
    /// Options that contradict each other.
    case usage
    /// Another ingest of the same source has taken over.
    case fenced
    /// What no retry mends.
    case fatal
  }

  public let kind: Kind
  /// One sentence with what to do next.
  public let description: String

  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  init(_ error: VenueError) {
    self.init(error.kind == .usage ? .usage : .badInput, error.description)
  }

  init(_ error: KafkaError) {
    switch error.recovery {
    case .fenced: self.init(.fenced, "Another ingest of this source is running and has taken over; this one stops. \(error)")
    case .badInput: self.init(.badInput, error.description)
    case .fatal: self.init(.fatal, error.description)
    case .retrySameCall, .abortAndReplay, .rebuild, .unavailable:
      self.init(.unavailable, "Kafka did not answer as it should: \(error). Check that the broker runs and --bootstrap names it.")
    }
  }

  init(_ error: ContractError) {
    self.init(error.isRetriable ? .unavailable : .badInput, error.description)
  }
}
