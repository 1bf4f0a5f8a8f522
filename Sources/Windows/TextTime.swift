import Columns
import SQL
import Values

extension TimePattern {
  /// The pattern of a TIMESTAMP_FORMAT; nil for none.
  static func of(_ format: String?) throws(WindowsError) -> TimePattern? {
    guard let format else { return nil }
    do throws(ValueError) { return try TimePattern(format) } catch {
      throw .unsupported("this TIMESTAMP_FORMAT: \(error.description)")
    }
  }

  /// Microseconds since the epoch; nil for a text that is not of the pattern.
  func time(_ text: String) -> Int64? {
    do throws(ValueError) { return try timestamp(text) } catch { return nil }
  }
}

extension SQLType {
  /// Whether a column of this type can be the event time.
  func holdsTime(format: String?) -> Bool {
    format == nil ? self == .timestamp || self == .bigint : self == .string
  }
}

extension Vector {
  /// The time that a TIMESTAMP, a BIGINT of milliseconds, or a text of the pattern names; nil when it is NULL or none that a
  /// record can have.
  func eventTime(_ row: Int, _ pattern: TimePattern?) -> Int64? {
    guard isValid(row), !isFailed(row), let time = moment(row & mask, pattern) else { return nil }
    return (0...SourceStage.latestTime).contains(time) ? time : nil
  }

  private func moment(_ index: Int, _ pattern: TimePattern?) -> Int64? {
    switch values {
    case .int64(let lane) where type == .bigint:
      let (time, overflow) = lane[index].multipliedReportingOverflow(by: 1000)
      return overflow ? nil : time
    case .int64(let lane): return lane[index]
    case .codes(let codes, let dictionary): return pattern?.time(dictionary.string(codes[index]))
    default: return nil
    }
  }
}
