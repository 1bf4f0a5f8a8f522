import Logging

/// One event of the log, ready to be written as text or as JSON.
///
/// A line is at most `limit` bytes long, its newline included: that many bytes a pipe takes in one piece, also from several
/// processes. What is cut ends in an ellipsis, and fields that found no room are counted.
public struct LogLine: Sendable {
  public enum Format: String, Sendable, CaseIterable { case text, json }

  /// PIPE_BUF of Linux.
  public static let limit = 4096

  /// Microseconds since the epoch.
  public var time: Int64
  public var level: Logger.Level
  /// The logger's label.
  public var logger: String
  public var message: String
  /// The module that said it.
  public var source: String
  public var metadata: Logger.Metadata
  /// The command that runs, such as `sink`.
  public var role: String
  public var pid: Int32

  public init(
    time: Int64, level: Logger.Level, logger: String, message: String, source: String, metadata: Logger.Metadata = [:],
    role: String, pid: Int32
  ) {
    self.time = time
    self.level = level
    self.logger = logger
    self.message = message
    self.source = source
    self.metadata = metadata
    self.role = role
    self.pid = pid
  }

  /// The line with its newline, in UTF-8.
  public func bytes(_ format: Format) -> [UInt8] {
    switch format {
    case .text: text
    case .json: json
    }
  }

  /// `2026-05-01T12:00:00.000001Z`: RFC 3339, UTC.
  static func timestamp(_ micros: Int64) -> String {
    var (days, rest) = micros.quotientAndRemainder(dividingBy: 86_400_000_000)
    if rest < 0 { (days, rest) = (days - 1, rest + 86_400_000_000) }
    let date = civil(days)
    let seconds = rest / 1_000_000
    return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T"
      + "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2)).\(padded(rest % 1_000_000, 6))Z"
  }

  private static func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// The Gregorian date of a day since the epoch, by eras of 400 years that begin in March.
  private static func civil(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = day + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let year = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
    let month = (5 * dayOfYear + 2) / 153
    let isNextYear = month >= 10
    return (year + era * 400 + (isNextYear ? 1 : 0), isNextYear ? month - 9 : month + 3, dayOfYear - (153 * month + 2) / 5 + 1)
  }
}
