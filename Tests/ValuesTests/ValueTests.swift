import Columns
import JSON
import SQL
import TestSupport
import Testing

@testable import Values

@Suite struct ValueTests {
  @Test func `texts are equal by their bytes, and doubles by their bits`() {
    #expect(Value.string("é") != Value.string("e\u{301}"))
    #expect(Value.double(.nan) == Value.double(-.nan))
    #expect(Value.double(0) != Value.double(-0.0))
    #expect(Value.decimal(unscaled: 10, scale: 1) != Value.decimal(unscaled: 100, scale: 2))
    #expect(Value.integer(1) != Value.bigint(1))
  }

  @Test(
    arguments: [
      (.integer(2), .bigint(3), -1), (.bigint(.max), .double(1e300), -1), (.double(0), .double(-0.0), 0),
      (.decimal(unscaled: 150, scale: 2), .decimal(unscaled: 15, scale: 1), 0),
      (.decimal(unscaled: 1, scale: 38), .decimal(unscaled: Int128("99999999999999999999999999999999999999")!, scale: 0), -1),
      (.decimal(unscaled: -1, scale: 38), .integer(0), -1), (.decimal(unscaled: 5, scale: 1), .double(0.5), 0),
      (.string("a"), .string("B"), 1), (.string("\u{ffff}"), .string("\u{1F600}"), -1), (.boolean(true), .boolean(false), 1),
      (.array([.integer(1), .integer(2)]), .array([.integer(1), .integer(3)]), -1), (.array([]), .array([.null]), -1),
      (.double(.nan), .double(.infinity), 1), (.null, .integer(1), nil), (.string("1"), .integer(1), nil),
    ] as [(Value, Value, Int?)])
  func `values compare as SQL compares them`(a: Value, b: Value, order: Int?) {
    #expect(a.compared(to: b) == order)
    #expect(b.compared(to: a) == order.map { -$0 })
  }

  @Test(
    arguments: [
      (1.0, "1.0"), (100, "100.0"), (0.001, "0.001"), (0.0001, "1.0E-4"), (9_999_999, "9999999.0"), (1e7, "1.0E7"),
      (1.5e10, "1.5E10"), (-0.0, "-0.0"), (1e23, "1.0E23"), (123.456, "123.456"), (.infinity, "Infinity"),
      (-1.25e-7, "-1.25E-7"),
    ] as [(Double, String)])
  func `doubles are written as Java writes them`(value: Double, text: String) {
    #expect(JavaDouble.text(value) == text)
  }

  @Test func `values are written as CAST writes them`() {
    let type = SQLType.structure([
      .init(name: "A", type: .array(.integer)), .init(name: "m", type: .map(.string, .double)), .init(name: "N", type: .date),
    ])
    let value = Value.structure([
      .array([.integer(1), .null]), .map(of: [(.string("k"), .double(1))]), .date(0),
    ])
    #expect(value.text(as: type) == "Struct{A=[1, null],m={k=1.0},N=1970-01-01}")
    #expect(value.json(as: type).text == #"{"A":[1,null],"m":{"k":1.0},"N":0}"#)
    #expect(Value.null.text(as: type) == nil)
    #expect(Value.bytes([1, 2, 3]).text(as: .bytes) == "AQID")
    #expect(Value.decimal(unscaled: -5, scale: 3).text(as: .decimal(precision: 4, scale: 3)) == "-0.005")
    // 1_700_000_000 s is 2023-11-14T22:13:20Z.
    #expect(Value.timestamp(1_700_000_000_000_000).text(as: .timestamp) == "2023-11-14T22:13:20.000")
    #expect(Value.timestamp(1_700_000_000_000_001).text(as: .timestamp) == "2023-11-14T22:13:20.000001")
    #expect(Value.timestamp(-1).text(as: .timestamp) == "1969-12-31T23:59:59.999999")
    #expect(Value.timestamp(-1).json(as: .timestamp) == .int(-1))
    #expect(Value.timestamp(1_000).json(as: .timestamp, times: .texts) == "1970-01-01T00:00:00.001")
    #expect(Value.time(34_200_000_000).text(as: .time) == "09:30")
    #expect(Value.time(34_201_500_000).text(as: .time) == "09:30:01.500")
    #expect(Value.double(.nan).json(as: .double) == "NaN")
  }

  @Test func `dates count every day of four centuries and more`() {
    var expected = (year: 1581, month: 1, day: 1)
    let start = CivilDate(year: 1581, month: 1, day: 1).days
    for days in start..<start + 160_000 {
      let date = CivilDate(days: days)
      #expect((date.year, date.month, date.day) == expected)
      #expect(date.days == days)
      let isLeap = expected.year % 400 == 0 || (expected.year % 4 == 0 && expected.year % 100 != 0)
      let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
      expected.day += 1
      if expected.day > lengths[expected.month - 1] { (expected.month, expected.day) = (expected.month + 1, 1) }
      if expected.month > 12 { (expected.year, expected.month) = (expected.year + 1, 1) }
    }
    #expect(CivilDate(year: 1970, month: 1, day: 1).days == 0)
    #expect(CivilDate(year: 1970, month: 1, day: 1).dayOfWeek == 4)
    #expect(CivilDate(year: 2024, month: 12, day: 31).dayOfYear == 366)
  }

  @Test func `values pass through columns of every type`() throws {
    var samples = Samples("value lanes")
    for _ in 0..<2_000 {
      let type = samples.type()
      let values = (0..<5).map { _ in samples.value(of: type) }
      var builder = ValueColumnBuilder(type, dictionary: StringDictionary())
      for value in values { try builder.append(value) }
      let column = builder.column(named: "c")
      #expect(column.type == type.columnType)
      for (row, value) in values.enumerated() { #expect(try column.value(row, as: type) == value) }
    }
  }

  @Test func `a column takes what fits its type and nothing else`() throws {
    var builder = ValueColumnBuilder(.decimal(precision: 4, scale: 2), dictionary: StringDictionary())
    try builder.append(.integer(7))
    try builder.append(.decimal(unscaled: 15, scale: 1))
    try builder.append(.decimal(unscaled: 15_000, scale: 4))
    #expect(throws: ValueError.overflow("digits would be lost")) { try builder.append(.decimal(unscaled: 1, scale: 3)) }
    #expect(throws: ValueError.self) { try builder.append(.integer(100)) }
    #expect(throws: ValueError.self) { try builder.append(.double(1)) }
    #expect(builder.count == 3)
    guard case .int64(let lane) = builder.values else {
      Issue.record("a decimal of 4 digits is a word")
      return
    }
    #expect(lane == [700, 150, 150])
    var whole = ValueColumnBuilder(.integer, dictionary: StringDictionary())
    #expect(throws: ValueError.self) { try whole.append(.bigint(1)) }
  }
}
