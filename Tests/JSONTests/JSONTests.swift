import JSON
import TestSupport
import Testing

@Suite struct `JSON values` {
  @Test(arguments: [
    #"{"b":[1,-2.50,1e+3,true,false,null],"a":{"x":"é\u0007\"\\\n"},"b2":[],"c":{}}"#,
    #"{"z":1.50,"a":[-0,1e-7,12345678901234567890],"s":"\"\\\n\u0001\b\f\r\té🚀"}"#,
  ])
  func `text and value are each other's inverse, with order and digits kept`(_ text: String) throws {
    #expect(try JSONValue(parsing: text).text == text)
  }

  @Test func `escapes become characters`() throws {
    #expect(try JSONValue(parsing: #""\u00e9\ud83d\ude00\/\t""#) == .string("é😀/\t"))
  }

  @Test(arguments: [
    "", "{", "[", "[1,]", "{\"a\"}", "{\"a\" 1}", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "01", "1.", "-", "1 2", "[1] 2", "tru",
    "nul",
    "\"\u{1}\"", "\"\\ud800\"", "\"\\ud83d\"", "\"\\u12", "\"\\u+123\"",
  ])
  func `broken text is refused`(_ text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  @Test func `bytes that are no UTF-8 are refused`() {
    #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xff, 0x22]) }
  }

  @Test func `deep nesting is refused rather than overflowing the stack`() {
    #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "[", count: 100_000)) }
    #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "{\"a\":", count: 100_000)) }
  }

  @Test func `an error names the byte and repeats nothing of the text`() {
    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: #"{"secret"1}"#) }
    #expect(error?.description == "Not JSON: ':' was expected at byte 9")
  }

  @Test func `any value survives being written and read`() throws {
    var random = SeededGenerator.forTest("JSON values")
    for _ in 0..<2_000 {
      let value = Self.value(&random, depth: 4)
      #expect(try JSONValue(parsing: value.utf8) == value)
    }
  }

  @Test func `damaged text is refused or read, never worse`() throws {
    var random = SeededGenerator.forTest("damaged JSON")
    for _ in 0..<5_000 {
      var bytes = Self.value(&random, depth: 3).utf8
      for _ in 0..<3 where !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      guard let value = try? JSONValue(parsing: bytes) else { continue }
      #expect(try JSONValue(parsing: value.utf8) == value)
    }
  }

  private static func value(_ random: inout SeededGenerator, depth: Int) -> JSONValue {
    switch Int.random(in: 0..<(depth > 0 ? 6 : 4), using: &random) {
    case 0: return .null
    case 1: return .bool(.random(using: &random))
    case 2: return .int(Int.random(in: .min ... .max, using: &random))
    case 3: return .string(text(&random))
    case 4: return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in value(&random, depth: depth - 1) })
    default:
      return .object(
        (0..<Int.random(in: 0...4, using: &random)).map { .init("\($0)" + text(&random), value(&random, depth: depth - 1)) })
    }
  }

  private static func text(_ random: inout SeededGenerator) -> String {
    var text = ""
    for _ in 0..<Int.random(in: 0...6, using: &random) {
      let scalar = Unicode.Scalar(UInt32.random(in: 0...0x1_0fff, using: &random)) ?? "?"
      text.unicodeScalars.append(Bool.random(using: &random) ? scalar : Unicode.Scalar(UInt8.random(in: 0..<128, using: &random)))
    }
    return text
  }
}
