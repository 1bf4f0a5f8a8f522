import Market
import TestSupport
import Testing

@Suite struct FixedDecimalTests {
  @Test(arguments: [
    ("61837.63000000", 6_183_763_000_000), ("0.00000001", 1), ("1e3", 100_000_000_000), ("1.5e-3", 150_000),
    ("-2.5", -250_000_000),
    ("+7", 700_000_000), ("100", 10_000_000_000), ("100.0000000000000", 10_000_000_000), (".5", 50_000_000), ("5.", 500_000_000),
    ("0", 0), ("-0.000", 0), ("1000e-3", 100_000_000), ("10.010", 1_001_000_000), ("0.0100e2", 100_000_000),
  ])
  func `a decimal text becomes its exact unscaled integer`(text: String, expected: Int) throws {
    #expect(try FixedDecimal.parse(text, precision: 18, scale: 8) == Int128(expected))
  }

  @Test(arguments: ["", ".", "-", "1.2.3", "1,5", "abc", "1e", "1e+", "0x1", " 1", "1 ", "NaN", "--1", "\u{FF11}"])
  func `what is not a decimal is a syntax error`(text: String) {
    #expect(throws: DecimalError.syntax) { try FixedDecimal.parse(text, precision: 18, scale: 8) }
  }

  @Test func `digits that do not fit are an error, never a rounding`() {
    #expect(throws: DecimalError.digitsLost) { try FixedDecimal.parse("0.000000001", precision: 18, scale: 8) }
    #expect(throws: DecimalError.overflow) { try FixedDecimal.parse("10000000000", precision: 18, scale: 8) }
    #expect(throws: DecimalError.overflow) { try FixedDecimal.parse("1e400", precision: 38, scale: 8) }
    #expect(throws: DecimalError.digitsLost) { try FixedDecimal.parse("1e-400", precision: 38, scale: 8) }
    #expect(throws: DecimalError.overflow) {
      try FixedDecimal.parse(String(repeating: "9", count: 60), precision: 38, scale: 0)
    }
  }

  @Test func `text and value round-trip at every scale`() throws {
    var generator = SeededGenerator.forTest("decimal round trip")
    for scale in 0...38 {
      for _ in 0..<50 {
        let bound = FixedDecimal.power(38) - 1
        let value = Int128.random(in: -bound...bound, using: &generator)
        let text = FixedDecimal.text(value, scale: scale, trimmed: Bool.random(using: &generator))
        #expect(try FixedDecimal.parse(text, precision: 38, scale: scale) == value, "\(text) at scale \(scale)")
      }
    }
  }
}
