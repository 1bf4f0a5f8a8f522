import Testing

@testable import Iceberg

@Suite struct `JSON values` {
  @Test func `text and value are each other's inverse, with order and digits kept`() throws {
    let text = #"{"b":[1,-2.50,1e+3,true,false,null],"a":{"x":"é\u0007\"\\\n"},"b2":[],"c":{}}"#
    #expect(try JSONValue.parse(text).serializedText == text)
  }

  @Test func `escapes become characters`() throws {
    #expect(try JSONValue.parse(#""\u00e9\ud83d\ude00\/\t""#) == .string("é😀/\t"))
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\"}", "01", "1.", "tru", "\"\u{1}\"", "\"\\ud800\"", "[1] 2", "nul", "{\"a\":1,}", "\"\\u12", "-",
  ])
  func `broken text is refused`(_ text: String) {
    #expect(throws: IcebergError.self) { try JSONValue.parse(text) }
  }

  @Test func `deep nesting is refused rather than overflowing the stack`() {
    #expect(throws: IcebergError.self) { try JSONValue.parse(String(repeating: "[", count: 100_000)) }
  }
}
