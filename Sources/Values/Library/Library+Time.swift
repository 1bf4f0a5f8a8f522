import Columns
import SQL

extension Library {
  static let time: [String: Library] = merge(parsing, formatting, calendar)

  private static func merge(_ tables: [String: Library]...) -> [String: Library] {
    tables.reduce(into: [:]) { merged, table in merged.merge(table) { first, _ in first } }
  }

  private static let parsing: [String: Library] = [
    "PARSE_TIMESTAMP": Library { arguments, call throws(ValueError) in .timestamp(try moment(arguments, call)) },
    "STRINGTOTIMESTAMP": Library { arguments, call throws(ValueError) in
      .bigint(try moment(arguments, call).flooredQuotient(1000))
    },
    "PARSE_DATE": Library { arguments, call throws(ValueError) in
      let parsed = try call.timePattern(try arguments.text(1)).parse(try arguments.text(0))
      guard try parsed.clock() == 0 else { throw .invalid("PARSE_DATE of a text with a time of day") }
      return .date(Int32(try parsed.days()))
    },
    "STRINGTODATE": Library { arguments, call throws(ValueError) in
      try .int(try call.timePattern(try arguments.text(1)).parse(try arguments.text(0)).days(isStrict: true))
    },
    "PARSE_TIME": Library { arguments, call throws(ValueError) in
      let parsed = try call.timePattern(try arguments.text(1)).parse(try arguments.text(0))
      guard !parsed.hasDate, parsed.hasClock else { throw .invalid("PARSE_TIME with a pattern of dates") }
      return .time(try parsed.clock())
    },
  ]

  private static func moment(_ arguments: [Value], _ call: LibraryCall) throws(ValueError) -> Int64 {
    let zone = arguments.count > 2 ? try call.zone(try arguments.text(2)) : .utc
    return try call.timePattern(try arguments.text(1)).timestamp(try arguments.text(0), zone: zone)
  }

  private static let formatting: [String: Library] = [
    "FORMAT_TIMESTAMP": Library { arguments, call throws(ValueError) in
      try format(try arguments.timestamp(0), arguments, call)
    },
    "TIMESTAMPTOSTRING": Library { arguments, call throws(ValueError) in
      try format(try microseconds(milliseconds: try arguments.whole(0)), arguments, call)
    },
    "FORMAT_DATE": Library { arguments, call throws(ValueError) in
      try format(date: try arguments.date(0), try arguments.text(1), call)
    },
    "DATETOSTRING": Library { arguments, call throws(ValueError) in
      try format(date: try arguments.whole(0), try arguments.text(1), call)
    },
    "FORMAT_TIME": Library { arguments, call throws(ValueError) in
      let moment = TimePattern.Moment(date: nil, clock: try arguments.time(0))
      return .string(try call.timePattern(try arguments.text(1)).format(moment))
    },
  ]

  private static func format(_ micros: Int64, _ arguments: [Value], _ call: LibraryCall) throws(ValueError) -> Value {
    let zone = arguments.count > 2 ? try call.zone(try arguments.text(2)) : .utc
    let moment = try TimePattern.Moment(timestamp: micros, zone: zone)
    return .string(try call.timePattern(try arguments.text(1)).format(moment))
  }

  private static func format(date days: Int, _ pattern: String, _ call: LibraryCall) throws(ValueError) -> Value {
    .string(try call.timePattern(pattern).format(.init(date: CivilDate(days: days), clock: nil)))
  }

  static func microseconds(milliseconds: Int) throws(ValueError) -> Int64 {
    let (micros, overflow) = Int64(milliseconds).multipliedReportingOverflow(by: 1000)
    guard !overflow else { throw .overflow("a moment beyond the calendar") }
    return micros
  }

  private static let calendar: [String: Library] = [
    "FROM_UNIXTIME": Library { arguments, _ throws(ValueError) in
      .timestamp(try microseconds(milliseconds: try arguments.whole(0)))
    },
    "UNIX_TIMESTAMP": Library { arguments, _ throws(ValueError) in .bigint(try arguments.timestamp(0).flooredQuotient(1000)) },
    "FROM_DAYS": Library { arguments, _ throws(ValueError) in .date(Int32(truncatingIfNeeded: try arguments.whole(0))) },
    "UNIX_DATE": Library { arguments, _ throws(ValueError) in try .int(try arguments.date(0)) },
    "CONVERT_TZ": Library { arguments, call throws(ValueError) in
      let micros = try arguments.timestamp(0)
      let (from, to) = (try call.zone(try arguments.text(1)), try call.zone(try arguments.text(2)))
      return try shifted(micros, by: Int64(to.offset(at: micros) - from.offset(at: micros)) * 1_000_000)
    },
    "TIMESTAMPADD": Library { arguments, _ throws(ValueError) in
      try shifted(try arguments.timestamp(2), by: try interval(arguments, sign: 1))
    },
    "TIMESTAMPSUB": Library { arguments, _ throws(ValueError) in
      try shifted(try arguments.timestamp(2), by: try interval(arguments, sign: -1))
    },
    "DATEADD": Library { arguments, _ throws(ValueError) in try dated(arguments, sign: 1) },
    "DATESUB": Library { arguments, _ throws(ValueError) in try dated(arguments, sign: -1) },
    "TIMEADD": Library { arguments, _ throws(ValueError) in try timed(arguments, sign: 1) },
    "TIMESUB": Library { arguments, _ throws(ValueError) in try timed(arguments, sign: -1) },
  ]

  private static let units: [String: Int64] = [
    "MICROSECOND": 1, "MILLISECOND": 1000, "SECOND": 1_000_000, "MINUTE": 60_000_000, "HOUR": 3_600_000_000,
    "DAY": 86_400_000_000, "WEEK": 604_800_000_000,
  ]

  /// Microseconds.
  private static func interval(_ arguments: [Value], sign: Int64) throws(ValueError) -> Int64 {
    let name = try arguments.text(0).uppercased()
    guard let unit = units[name] ?? units[String(name.dropLast(name.hasSuffix("S") ? 1 : 0))] else {
      throw .invalid("an unknown unit of time; use MILLISECONDS, SECONDS, MINUTES, HOURS or DAYS")
    }
    let (micros, overflow) = Int64(try arguments.whole(1)).multipliedReportingOverflow(by: unit * sign)
    guard !overflow else { throw .overflow("an interval beyond the calendar") }
    return micros
  }

  private static func shifted(_ micros: Int64, by interval: Int64) throws(ValueError) -> Value {
    let (sum, overflow) = micros.addingReportingOverflow(interval)
    guard !overflow else { throw .overflow("a moment beyond the calendar") }
    return .timestamp(sum)
  }

  private static func dated(_ arguments: [Value], sign: Int64) throws(ValueError) -> Value {
    let start = try TimeText.midnight(try arguments.date(2))
    let (sum, overflow) = start.addingReportingOverflow(try interval(arguments, sign: sign))
    guard !overflow, let days = Int32(exactly: sum.flooredQuotient(TimeText.microsPerDay)) else {
      throw .overflow("a date beyond the calendar")
    }
    return .date(days)
  }

  private static func timed(_ arguments: [Value], sign: Int64) throws(ValueError) -> Value {
    let interval = try interval(arguments, sign: sign).flooredRemainder(TimeText.microsPerDay)
    return .time((try arguments.time(2) + interval).flooredRemainder(TimeText.microsPerDay))
  }
}
