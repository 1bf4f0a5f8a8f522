import JSON
import TestSupport
import Testing

@testable import Cases

@Suite struct RelaxedJSONTests {
  private func parse(_ text: String) throws -> JSONValue { try CaseReader.parse(Array(text.utf8), file: "a.json") }

  @Test func `comments, trailing commas and a byte order mark are accepted`() throws {
    let text = "\u{FEFF}// first\n{\"a\": [1, 2,], # rest of the line\n \"b\": {\"c\": null,},}\n# last"
    let expected: JSONValue = ["a": [1, 2], "b": ["c": .null]]
    #expect(try parse(text) == expected)
  }

  @Test func `comment signs inside a text are part of it`() throws {
    #expect(try parse(#"["http://x", "a # b"]"#) == ["http://x", "a # b"])
  }

  @Test func `raw control characters inside a text are kept`() throws {
    #expect(try parse("[\"a\nb\tc\u{1}\"]") == [.string("a\nb\tc\u{1}")])
  }

  @Test(arguments: ["0", "-0", "1.10", "12345678901234567890.5", "1E+400", "0.1e-3"])
  func `numbers keep their text`(number: String) throws {
    #expect(try parse(" [\(number)] ") == [.number(number)])
  }

  @Test func `escapes give what they name, pairs of surrogates included`() throws {
    #expect(try parse(#"["\"\\\/\b\f\n\r\t\u0041\ud83d\ude00"]"#) == [.string("\"\\/\u{8}\u{c}\n\r\tA😀")])
  }

  @Test func `the last of two members with one name counts`() throws {
    #expect(try parse(#"{"a": 1, "a": 2}"#) == ["a": 2])
  }

  @Test(arguments: [
    ("", 1, 1, "too early"), ("{", 1, 2, "name"), ("[1\n  2]", 2, 3, "','"), ("{\"é\" 1}", 1, 6, "':'"),
    ("[\"a", 1, 4, "without an end"), ("[tru]", 1, 2, "word"), ("[1] 2", 1, 5, "after the end"), ("[\"\\x\"]", 1, 5, "escape"),
    ("[,]", 1, 2, "value"), ("[01]", 1, 3, "','"), ("{\"a\":1 /* no */}", 1, 8, "','"),
  ])
  func `errors say where`(text: String, line: Int, column: Int, reason: String) throws {
    let error = try #require(throws: CaseFileError.self) { try parse(text) }
    #expect(error.line == line && error.column == column, "\(error)")
    #expect(error.reason.contains(reason), "\(error)")
  }

  @Test func `nesting is bounded`() {
    #expect(throws: CaseFileError.self) { try parse(String(repeating: "[", count: 1 << 20)) }
    #expect(throws: Never.self) { try parse(String(repeating: "[", count: 128) + String(repeating: "]", count: 128)) }
  }

  @Test func `any bytes give a value or an error`() {
    var random = SeededGenerator.forTest("relaxed JSON")
    let alphabet = Array("{}[]\",:/#\\u0d8-+.eE tfn\n".utf8) + [0, 0x1f, 0x80, 0xff]
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
      _ = try? CaseReader.parse(bytes, file: "fuzz")
    }
  }

  @Test func `strict texts are read as ever`() throws {
    var random = SeededGenerator.forTest("relaxed JSON")
    for _ in 0..<300 {
      let value = Self.value(&random, depth: 4)
      #expect(try CaseReader.parse(value.utf8, file: "a") == value)
    }
  }

  private static func value(_ random: inout SeededGenerator, depth: Int) -> JSONValue {
    switch Int.random(in: 0...(depth > 0 ? 5 : 3), using: &random) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &random))
    case 2: return .number("\(Int.random(in: -999...999, using: &random)).\(Int.random(in: 0...9, using: &random))")
    case 3: return .string(String((0..<4).map { _ in "a\"\\\n/#é😀".randomElement(using: &random) ?? "a" }))
    case 4: return .array((0..<3).map { _ in value(&random, depth: depth - 1) })
    default: return .object((0..<3).map { .init("m\($0)", value(&random, depth: depth - 1)) })
    }
  }
}
