import ArgumentParser
import Contracts
import EmbeddedKafka
import Governance
import HTTPServing
import Iceberg
import Ingest
import Kafka
import Lake
import Replay
import SQL
import Serve
import Streams

/// What a command ends with when it does not end well: an exit code of sysexits.h and one sentence with what to do next.
struct Failure: Error {
  /// 1 a check failed, 64 bad usage, 65 bad input, 69 a service is unavailable, 70 a bug.
  enum Code: Int32 { case checkFailed = 1, usage = 64, badInput = 65, unavailable = 69, bug = 70 }

  let code: Code
  let sentence: String

  init(_ code: Code, _ sentence: String) {
    self.code = code
    self.sentence = sentence
  }

  /// Maps every room's error by what it says to do.
  init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as IngestError: self.init(Self.code(error.kind), error.description)
    case let error as KafkaError: self.init(Self.code(error.recovery), error.description)
    case let error as ContractError: self.init(error.isRetriable ? .unavailable : .badInput, error.description)
    case let error as GovernanceError: self.init(.badInput, error.description)
    case let error as ListenError: self.init(.unavailable, error.description)
    case let error as TLSIdentityError: self.init(.badInput, "No TLS: \(error.description).")
    case let error as ReplayError: self.init(.badInput, error.description)
    case let error as SQLError: self.init(.badInput, error.description)
    case let error as StreamsError: self.init(Self.code(error.code), error.description)
    case let error as ServeError: self.init(Self.code(error.code), error.description)
    case let error as LakeError: self.init(Self.code(error.code), error.description)
    case let error as IcebergError: self.init(.unavailable, error.description)
    case let error as BrokerError: self.init(error.code == .damagedDataDirectory ? .badInput : .unavailable, error.description)
    default: self.init(.bug, "Unexpected: \(error). Please report this.")
    }
  }

  private static func code(_ kind: IngestError.Kind) -> Code {
    switch kind {
    case .badInput: .badInput
    case .usage: .usage
    case .unavailable, .fenced: .unavailable
    case .fatal: .bug
    }
  }

  private static func code(_ recovery: KafkaError.Recovery) -> Code {
    switch recovery {
    case .badInput: .badInput
    case .retrySameCall, .abortAndReplay, .rebuild, .unavailable, .fenced: .unavailable
    case .fatal: .bug
    }
  }

  private static func code(_ code: StreamsError.Code) -> Code {
    switch code {
    case .badInput, .inconsistent: .badInput
    case .unavailable, .fenced: .unavailable
    case .fatal: .bug
    }
  }

  private static func code(_ code: ServeError.Code) -> Code {
    switch code {
    case .failed: .bug
    case .unavailable, .timedOut, .tooMany: .unavailable
    default: .badInput
    }
  }

  private static func code(_ code: LakeError.Code) -> Code {
    switch code {
    case .badInput, .sourceChanged: .badInput
    case .unavailable, .fenced, .outcomeUnknown, .io: .unavailable
    }
  }

  /// Runs a command's body; a failure is printed to standard error and becomes the exit code.
  static func reporting(_ body: () throws -> Void) throws {
    do {
      try Logs.bootstrap()
      try body()
    } catch let exit as ExitCode {
      throw exit
    } catch let error as ValidationError {
      throw error
    } catch {
      let failure = Failure(error)
      Terminal.complain(failure.sentence)
      throw ExitCode(failure.code.rawValue)
    }
  }
}
