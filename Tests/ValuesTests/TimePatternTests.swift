import Columns
import SQL
import TestSupport
import Testing

@testable import Values

/// Expected values worked out by hand from the letters' documented meaning. 1_700_000_000 s is Tuesday 2023-11-14T22:13:20Z.
@Suite struct TimePatternTests {
  private let moment: Int64 = 1_700_000_000_123_456

  @Test(arguments: [
    ("yyyy-MM-dd'T'HH:mm:ss.SSSSSS", "2023-11-14T22:13:20.123456"), ("yy/M/d", "23/11/14"), ("u D", "2023 318"),
    ("Q QQQ", "4 Q4"),
    ("EEEE, MMMM d", "Tuesday, November 14"), ("EEE MMM MMMMM", "Tue Nov N"), ("h:mm a", "10:13 PM"), ("K k H", "10 22 22"),
    ("SS SSSSSSSSS n", "12 123456000 123456000"), ("A", "80000123"), ("'it''s' ''yyyy''", "it's '2023'"), ("G", "AD"),
    ("yyyyMMddHHmmssSSS", "20231114221320123"), ("X XX XXX x xx xxx Z ZZZZ ZZZZZ O", "Z Z Z +00 +0000 +00:00 +0000 GMT Z GMT"),
    ("VV", "UTC"), ("yyyy[-MM]", "2023-11"),
  ])
  func `a moment is written by its pattern`(pattern: String, text: String) throws {
    #expect(try TimePattern(pattern).text(timestamp: moment) == text)
  }

  @Test func `a zone moves the clock and shows its offset`() throws {
    let pattern = try TimePattern("yyyy-MM-dd HH:mm XXX xx O VV")
    let paris = try TimePattern.Moment(timestamp: moment, zone: Zone("Europe/Paris"))
    #expect(try pattern.format(paris) == "2023-11-14 23:13 +01:00 +0100 GMT+1 Europe/Paris")
    let fixed = try TimePattern.Moment(timestamp: moment, zone: Zone("-03:30"))
    #expect(try pattern.format(fixed) == "2023-11-14 18:43 -03:30 -0330 GMT-3:30 -03:30")
  }

  @Test(arguments: [
    ("yyyy-MM-dd'T'HH:mm:ss.SSSSSS", "2023-11-14T22:13:20.123456", 1_700_000_000_123_456),
    ("yyyy-MM-dd", "1970-01-02", 86_400_000_000),
    ("yyyyMMddHHmmss", "20231114221320", 1_700_000_000_000_000), ("yy", "70", 3_155_760_000_000_000),
    ("HH:mm", "00:01", 60_000_000),
    ("d MMM yyyy", "2 JAN 1970", 86_400_000_000), ("EEEE d MMMM yyyy", "friday 2 january 1970", 86_400_000_000),
    ("h:mm a", "12:30 AM", 1_800_000_000), ("h a", "12 PM", 43_200_000_000), ("HH:mmXXX", "01:00+01:00", 0),
    ("HH:mmX", "00:00Z", 0),
    ("HH:mm VV", "09:00 Asia/Tokyo", 0), ("HH:mm z", "00:00 UTC", 0), ("yyyy[-MM[-dd]]", "1970-02", 2_678_400_000_000),
    ("yyyy-D", "1970-32", 2_678_400_000_000), ("yyyy-MM-dd HH:mm:ss,SSS", "1969-12-31 23:59:59,999", -1_000),
    ("u-MM-dd G", "1970-01-01 AD", 0), ("A", "60000", 60_000_000), ("'week' yyyy", "WEEK 1970", 0),
  ])
  func `a text is read by its pattern, what it leaves out being that of the epoch`(pattern: String, text: String, micros: Int64)
    throws
  {
    // 2070-01-01 is 36525 days after the epoch: 100 years with 25 leap days.
    let expected = pattern == "yy" ? 36_525 * 86_400_000_000 : micros
    #expect(try TimePattern(pattern).timestamp(text) == expected)
  }

  @Test(arguments: [
    ("yyyy-MM-dd", "2026-02-30"), ("yyyy-MM-dd", "2026-13-01"), ("yyyy-MM-dd", "2026-1-01"), ("yyyy-MM-dd", "02026-01-01"),
    ("yyyy-MM-dd", "2026-01-01 "), ("yyyy-MM-dd", ""), ("HH:mm", "24:00"), ("HH:mm", "09:60"), ("h a", "13 PM"), ("h a", "0 AM"),
    ("EEE yyyy-MM-dd", "Mon 1970-01-01"), ("yyyy-D", "2026-366"), ("HH XXX", "09 +25:00"), ("SSSSSSSSS", "000000001"),
    ("MMM", "Foo"),
    ("Q yyyy-MM-dd", "2 1970-01-01"), ("n", "-1"),
  ])
  func `a text that names no moment is an error`(pattern: String, text: String) throws {
    let compiled = try TimePattern(pattern)
    #expect(throws: ValueError.self) { try compiled.timestamp(text) }
  }

  @Test(arguments: ["YYYY", "w", "e", "p", "ddd", "HHH", "MMMMMM", "'open", "a]", "{", "yyyy#", "B", "SSSSSSSSSS"])
  func `a pattern with other letters is refused`(pattern: String) {
    #expect(throws: ValueError.self) { try TimePattern(pattern) }
  }

  @Test func `what a value does not have cannot be written`() throws {
    let day = TimePattern.Moment(date: CivilDate(days: 0), clock: nil)
    #expect(throws: ValueError.self) { try TimePattern("HH").format(day) }
    #expect(throws: ValueError.self) { try TimePattern("yyyy XXX").format(day) }
    #expect(try TimePattern("yyyy[ HH]").format(day) == "1970")
    #expect(throws: ValueError.self) { try TimePattern("dd").format(.init(date: nil, clock: 0)) }
  }

  @Test func `clocks that go forward skip, and that go back give the first moment`() throws {
    let pattern = try TimePattern("yyyy-MM-dd HH:mm")
    let london = try Zone("Europe/London")
    // 2023-03-26 01:00 GMT becomes 02:00 BST: 01:30 is moved to 02:30 BST = 01:30 UTC. 1_679_794_200 s.
    #expect(try pattern.timestamp("2023-03-26 01:30", zone: london) == 1_679_794_200_000_000)
    // 2023-10-29 02:00 BST becomes 01:00 GMT: the first 01:30 is 00:30 UTC. 1_698_539_400 s.
    #expect(try pattern.timestamp("2023-10-29 01:30", zone: london) == 1_698_539_400_000_000)
    #expect(try pattern.timestamp("2023-07-01 12:00", zone: london) == 1_688_209_200_000_000)
  }

  @Test func `what is written in full is read back`() throws {
    var random = SeededGenerator.forTest("time patterns")
    let pattern = try TimePattern("EEEE, d MMMM uuuu, h:mm:ss.SSSSSS a XXX")
    for _ in 0..<2_000 {
      let micros = Int64.random(in: -62_135_596_800_000_000...253_402_300_799_999_999, using: &random)
      #expect(try pattern.timestamp(pattern.text(timestamp: micros)) == micros)
    }
  }
}
