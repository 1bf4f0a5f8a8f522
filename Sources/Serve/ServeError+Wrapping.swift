import Contracts
import Formats
import Kafka
import SQL
import Streams
import Values
import Windows

extension ServeError {
  /// Any error of the rooms below as one that can be answered with.
  static func wrapping(_ error: any Error) -> ServeError {
    switch error {
    case let error as ServeError: error
    case let error as SQLError: ServeError(.badStatement, error.description)
    case let error as FormatError:
      ServeError(error.code == .unavailable ? .unavailable : .badStatement, error.reason)
    case let error as WindowsError: ServeError(.badStatement, "\(error)")
    case let error as ValueError: ServeError(.badStatement, "\(error)")
    case let error as ContractError: ServeError(error.code == .unavailable ? .unavailable : .badStatement, "\(error)")
    case let error as KafkaError:
      ServeError(error.recovery == .badInput ? .badStatement : error.recovery == .fatal ? .failed : .unavailable, "\(error)")
    case let error as StreamsError: ServeError(error.code == .badInput ? .badStatement : .unavailable, "\(error)")
    default: ServeError(.failed, "\(error)")
    }
  }
}
