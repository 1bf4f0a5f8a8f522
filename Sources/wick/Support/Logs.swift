import Foundation
import Logging

/// Where log lines go: standard error, from notice on; librdkafka's own from error on, since it reports every broken connection.
///
/// `WICK_LOG` (trace, debug, info, notice, warning, error) sets one level for all.
enum Logs {
  static func bootstrap() {
    let asked = ProcessInfo.processInfo.environment["WICK_LOG"].flatMap { Logger.Level(rawValue: $0.lowercased()) }
    LoggingSystem.bootstrap { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = asked ?? (label == "wick.kafka" ? .error : .notice)
      return handler
    }
  }
}
