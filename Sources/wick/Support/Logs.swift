import Foundation
import Logging
import Telemetry

/// Where log lines go: standard error, from notice on; librdkafka's own from error on, since it reports every broken connection.
/// Text where that is a terminal, else one JSON object a line.
///
/// `WICK_LOG` (trace, debug, info, notice, warning, error, critical) sets one level for all, `WICK_LOG_FORMAT` (text, json) the
/// form.
enum Logs {
  /// - Throws: `usage` for a level or a form that there is not.
  static func bootstrap() throws {
    let asked: Logger.Level? = try named("WICK_LOG", of: Logger.Level.allCases)
    let format = try named("WICK_LOG_FORMAT", of: LogLine.Format.allCases) ?? (Terminal.isInteractive ? .text : .json)
    let role = CommandLine.arguments.dropFirst().first { !$0.hasPrefix("-") } ?? "wick"
    let pid = ProcessInfo.processInfo.processIdentifier
    LoggingSystem.bootstrap { label in
      LineLogHandler(
        label: label, level: asked ?? (label == "wick.kafka" ? .error : .notice), format: format, role: role, pid: pid,
        now: { Int64(Date().timeIntervalSince1970 * 1e6) }, write: Terminal.log)
    }
  }

  private static func named<T: RawRepresentable<String>>(_ variable: String, of all: [T]) throws -> T? {
    guard let text = ProcessInfo.processInfo.environment[variable], !text.isEmpty else { return nil }
    guard let value = T(rawValue: text.lowercased()) else {
      throw Failure(.usage, "\(variable) is one of \(all.map(\.rawValue).joined(separator: ", ")), not \(text).")
    }
    return value
  }
}
