import Testing

@testable import MarketAPI

@Suite struct `Parameters of a URL` {
  @Test func `are decoded, and lists are cut at commas`() throws {
    let parameters = try QueryParameters(
      "symbol=BTC%2DUSDT&venue=a,b&late=1&from=", allowed: ["symbol", "venue", "late", "from"])
    #expect(parameters.text("symbol") == "BTC-USDT")
    #expect(try parameters.list("venue") == ["a", "b"])
    #expect(try parameters.flag("late"))
    #expect(parameters.text("from") == nil)
  }

  @Test(arguments: ["x=1", "a=1&a=2", "a=%", "a=%2", "a=%zz", "a=%ff", "a=%00", "%00=1", "a=1&%61=2"])
  func `that are unknown, there twice or no text are refused`(query: String) {
    #expect(throws: Problem.self) { try QueryParameters(query, allowed: ["a"]) }
  }

  @Test(
    arguments: [
      ("0", 0), ("1723161255000", 1_723_161_255_000), ("-1000", -1000), ("1970-01-02", 86_400_000),
      ("2024-08-09T00:00:00Z", 1_723_161_600_000), ("2024-08-09T00:00", 1_723_161_600_000),
      ("2024-08-09T02:00:00.2509+02:00", 1_723_161_600_250), ("2024-08-09T02:00:00 02:00", 1_723_161_600_000),
      ("2024-08-08T19:30:00.5-0430", 1_723_161_600_500),
    ] as [(String, Int64)])
  func `hold times in milliseconds or as ISO-8601`(text: String, expected: Int64) {
    #expect(TimeText.milliseconds(text) == expected)
  }

  @Test(arguments: [
    "", "now", "1e3", "2024-13-01", "2024-02-30", "2024-08-09T25:00", "2024-08-09T00:60", "2024-08-09T00:00:00.Z",
    "2024-08-09T00:00:00Zz", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "2024-08-09T00:00:00+2",
    "1723161255000000",
  ])
  func `that are no times, or absurd ones, are refused`(text: String) {
    #expect(TimeText.milliseconds(text) == nil)
  }

  @Test func `name the form of the answer before what is accepted does`() throws {
    #expect(try AnswerFormat.wanted(format: nil, accept: nil) == .json)
    #expect(try AnswerFormat.wanted(format: nil, accept: "text/html, text/csv;q=0.5, application/json;q=0.4") == .csv)
    #expect(try AnswerFormat.wanted(format: "json", accept: "text/csv") == .json)
    #expect(throws: Problem.self) { try AnswerFormat.wanted(format: "xml", accept: nil) }
    #expect(throws: Problem.self) { try AnswerFormat.wanted(format: nil, accept: "image/png, text/csv;q=0") }
  }

  @Test func `name intervals`() {
    for (name, milliseconds) in [("1s", 1000), ("5m", 300_000), ("1h", 3_600_000), ("250ms", 250), ("2d", 172_800_000)] {
      #expect(IntervalName.of(milliseconds: Int64(milliseconds)) == name)
      #expect(IntervalName.milliseconds(name) == Int64(milliseconds))
    }
    for name in ["", "m", "0s", "1", "1w", "-1m", "99999999999999999m"] { #expect(IntervalName.milliseconds(name) == nil) }
  }
}
