import Contracts
import Iceberg
import Kafka
import Parquet

/// Why the lake could not be written, read or vouched for, and what to do about it. Never holds record values.
public struct LakeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of failure, by what follows from it.
  public enum Code: String, Hashable, Sendable {
    /// Cluster, registry or catalog do not answer: try again later.
    case unavailable
    /// The table's ledger has moved on under this sink: another one writes to it. Stop this one.
    case fenced
    /// Cluster or topic are not those the table was filled from, or lost records the table does not have. A person must decide.
    case sourceChanged
    /// Whether the last commit took place is not known: begin anew from the tables.
    case outcomeUnknown
    /// A table, ledger, argument or contract is not what it must be.
    case badInput
    /// A file could not be read or written.
    case io
  }

  /// The kind of failure.
  public let code: Code
  /// What happened, as a sentence without a full stop.
  public let reason: String
  /// What to do next, as a sentence without a full stop.
  public let advice: String

  public init(_ code: Code, _ reason: String, advice: String) {
    self.code = code
    self.reason = reason
    self.advice = advice
  }

  public var description: String { "\(reason). \(advice)." }

  /// Any error of the rooms below, by what it means for the lake.
  static func wrapping(_ error: any Error) -> LakeError {
    switch error {
    case let error as LakeError: return error
    case let error as IcebergError: return wrapping(error)
    case let error as KafkaError:
      let code: Code = [.badInput, .fatal].contains(error.recovery) ? .badInput : .unavailable
      return LakeError(
        code, "Kafka: \(error)", advice: code == .badInput ? "Correct the settings" : "Check --bootstrap and the brokers")
    case let error as ContractError:
      return LakeError(
        error.isRetriable ? .unavailable : .badInput, error.reason,
        advice: error.advice.isEmpty ? "Check --registry" : error.advice)
    case let error as ParquetError:
      return LakeError(.io, "A data file could not be written or read: \(error)", advice: "Check the disk")
    default: return LakeError(.badInput, "Unexpected: \(error)", advice: "Report this")
    }
  }

  private static func wrapping(_ error: IcebergError) -> LakeError {
    let message = error.message.hasSuffix(".") ? String(error.message.dropLast()) : error.message
    switch error.code {
    case .requirementFailed: return LakeError(.fenced, message, advice: "Run one sink per table")
    case .commitStateUnknown:
      return LakeError(.outcomeUnknown, message, advice: "Start the sink again; it goes on from the tables")
    case .commitConflict, .catalog: return LakeError(.unavailable, message, advice: "Try again; another writer may be busy")
    case .io: return LakeError(.io, message, advice: "Check the free space and the rights there, then start again")
    case .notFound, .alreadyExists, .invalid, .unsupported: return LakeError(.badInput, message, advice: "Check the lake folder")
    }
  }
}
