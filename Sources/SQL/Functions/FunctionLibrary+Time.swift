extension FunctionLibrary {
  /// Patterns are those of Java's DateTimeFormatter, with English names.
  static let time: [LibraryFunction] =
    [
      .init(
        "FROM_UNIXTIME", .time, "The TIMESTAMP so many milliseconds after the epoch.", ["(milliseconds BIGINT) TIMESTAMP"],
        [("FROM_UNIXTIME(1700000000000)", "2023-11-14T22:13:20.000")]),
      .init(
        "UNIX_TIMESTAMP", .time, "The milliseconds from the epoch to a TIMESTAMP.", ["(time TIMESTAMP) BIGINT"],
        [("UNIX_TIMESTAMP(FROM_UNIXTIME(1700000000000))", "1700000000000")]),
      .init(
        "FROM_DAYS", .time, "The DATE so many days after the epoch.", ["(days INT) DATE"], [("FROM_DAYS(19675)", "2023-11-14")]),
      .init(
        "UNIX_DATE", .time, "The days from the epoch to a DATE.", ["(date DATE) INT"], [("UNIX_DATE(FROM_DAYS(19675))", "19675")]),
      .init(
        "PARSE_TIMESTAMP", .time, "The TIMESTAMP that a text names, in UTC or the zone given.",
        ["(text STRING, pattern STRING) TIMESTAMP", "(text STRING, pattern STRING, zone STRING) TIMESTAMP"],
        [("PARSE_TIMESTAMP('14/11/2023 22:13', 'dd/MM/yyyy HH:mm')", "2023-11-14T22:13:00.000")]),
      .init(
        "FORMAT_TIMESTAMP", .time, "A TIMESTAMP as text, in UTC or the zone given.",
        ["(time TIMESTAMP, pattern STRING) STRING", "(time TIMESTAMP, pattern STRING, zone STRING) STRING"],
        [("FORMAT_TIMESTAMP(FROM_UNIXTIME(1700000000000), 'EEE d MMM yyyy, HH:mm')", "Tue 14 Nov 2023, 22:13")]),
      .init(
        "PARSE_DATE", .time, "The DATE that a text names.", ["(text STRING, pattern STRING) DATE"],
        [("PARSE_DATE('14.11.23', 'dd.MM.yy')", "2023-11-14")]),
      .init(
        "FORMAT_DATE", .time, "A DATE as text.", ["(date DATE, pattern STRING) STRING"],
        [("FORMAT_DATE(FROM_DAYS(19675), 'yyyyMMdd')", "20231114")]),
      .init(
        "PARSE_TIME", .time, "The time of day that a text names.", ["(text STRING, pattern STRING) TIME"],
        [("PARSE_TIME('9:05 PM', 'h:mm a')", "21:05")]),
      .init(
        "FORMAT_TIME", .time, "A time of day as text.", ["(time TIME, pattern STRING) STRING"],
        [("FORMAT_TIME(PARSE_TIME('21:05', 'HH:mm'), 'h:mm a')", "9:05 PM")]),
      .init(
        "STRINGTOTIMESTAMP", .time, "The milliseconds from the epoch to what a text names, in UTC or the zone given.",
        ["(text STRING, pattern STRING) BIGINT", "(text STRING, pattern STRING, zone STRING) BIGINT"],
        [("STRINGTOTIMESTAMP('1970-01-02', 'yyyy-MM-dd')", "86400000")]),
      .init(
        "TIMESTAMPTOSTRING", .time, "The moment so many milliseconds after the epoch as text, in UTC or the zone given.",
        ["(milliseconds BIGINT, pattern STRING) STRING", "(milliseconds BIGINT, pattern STRING, zone STRING) STRING"],
        [("TIMESTAMPTOSTRING(0, 'yyyy-MM-dd HH:mm:ss.SSS')", "1970-01-01 00:00:00.000")]),
      .init(
        "STRINGTODATE", .time, "The days from the epoch to the date that a text names.", ["(text STRING, pattern STRING) INT"],
        [("STRINGTODATE('1970-01-02', 'yyyy-MM-dd')", "1")]),
      .init(
        "DATETOSTRING", .time, "The date so many days after the epoch as text.", ["(days INT, pattern STRING) STRING"],
        [("DATETOSTRING(1, 'yyyy-MM-dd')", "1970-01-02")]),
      .init(
        "CONVERT_TZ", .time, "The TIMESTAMP whose clock in UTC shows what the clock of another zone shows.",
        ["(time TIMESTAMP, from STRING, to STRING) TIMESTAMP"],
        [("CONVERT_TZ(FROM_UNIXTIME(0), 'UTC', 'Asia/Tokyo')", "1970-01-01T09:00:00.000")]),
    ] + arithmetic

  private static let arithmetic: [LibraryFunction] = [
    ("TIMESTAMPADD", "later", "TIMESTAMP", "TIMESTAMPADD(DAYS, 1, FROM_UNIXTIME(0))", "1970-01-02T00:00:00.000"),
    ("TIMESTAMPSUB", "earlier", "TIMESTAMP", "TIMESTAMPSUB(HOURS, 1, FROM_UNIXTIME(0))", "1969-12-31T23:00:00.000"),
    ("DATEADD", "later", "DATE", "DATEADD(DAYS, 31, FROM_DAYS(0))", "1970-02-01"),
    ("DATESUB", "earlier", "DATE", "DATESUB(DAYS, 1, FROM_DAYS(0))", "1969-12-31"),
    ("TIMEADD", "later, past midnight into the next day,", "TIME", "TIMEADD(HOURS, 3, PARSE_TIME('22:30', 'HH:mm'))", "01:30"),
    (
      "TIMESUB", "earlier, past midnight into the day before,", "TIME", "TIMESUB(HOURS, 3, PARSE_TIME('01:30', 'HH:mm'))",
      "22:30"
    ),
  ].map { name, direction, type, example, result in
    LibraryFunction(
      name, .time, "So many units of time \(direction) than a \(type): MILLISECONDS, SECONDS, MINUTES, HOURS or DAYS.",
      ["(unit STRING, interval BIGINT, time \(type)) \(type)"], [(example, result)])
  }
}
