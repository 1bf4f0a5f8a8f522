import SQL
import TestSupport
import Values

/// Random types and values of them, NULLs and extremes included.
struct Samples {
  var random: SeededGenerator

  init(_ name: String) { random = .forTest(name) }

  mutating func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: 0..<choices.count, using: &random)] }

  mutating func type(depth: Int = 0) -> SQLType {
    let scale = Int.random(in: 0...38, using: &random)
    let plain: [SQLType] = [
      .boolean, .integer, .bigint, .double, .string, .bytes, .timestamp, .date, .time,
      .decimal(precision: Int.random(in: max(1, scale)...38, using: &random), scale: scale),
    ]
    guard depth < 3, Int.random(in: 0..<3, using: &random) == 0 else { return pick(plain) }
    switch Int.random(in: 0..<3, using: &random) {
    case 0: return .array(type(depth: depth + 1))
    case 1: return .map(.string, type(depth: depth + 1))
    default:
      return .structure([
        .init(name: "a", type: type(depth: depth + 1)), .init(name: "B", type: type(depth: depth + 1)),
      ])
    }
  }

  mutating func value(of type: SQLType, nullable: Bool = true) -> Value {
    if nullable, Int.random(in: 0..<8, using: &random) == 0 { return .null }
    switch type {
    case .boolean: return .boolean(Bool.random(using: &random))
    case .integer: return .integer(pick([0, -1, .min, .max, Int32.random(in: .min ... .max, using: &random)]))
    case .bigint: return .bigint(word())
    case .double: return .double(pick([0, -0.0, .infinity, .nan, 1e300, -1.5, Double(bitPattern: random.next())]))
    case .decimal(let precision, let scale): return decimal(precision, scale)
    case .string: return .string(pick(["", "BTC-USDT", "é", "e\u{301}", "日本", "a\0b", "\u{1F600}"]))
    case .bytes:
      return .bytes((0..<Int.random(in: 0...20, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
    case .timestamp: return .timestamp(word())
    case .date: return .date(Int32.random(in: .min ... .max, using: &random))
    case .time: return .time(Int64.random(in: 0..<86_400_000_000, using: &random))
    case .array(let element):
      return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in value(of: element) })
    case .map(let key, let inner):
      return .map(
        of: (0..<Int.random(in: 0...4, using: &random)).map { _ in
          (key: value(of: key, nullable: false), value: value(of: inner))
        })
    case .structure(let members): return .structure(members.map { value(of: $0.type) })
    }
  }

  mutating func word() -> Int64 { pick([0, 1, -1, .min, .max, 63, 64, -65, Int64(bitPattern: random.next())]) }

  private mutating func decimal(_ precision: Int, _ scale: Int) -> Value {
    var bound: Int128 = 1
    for _ in 0..<precision { bound *= 10 }
    let raw = Int128(truncatingIfNeeded: random.next()) << 64 | Int128(random.next())
    return .decimal(unscaled: pick([0, bound - 1, 1 - bound, raw % bound]), scale: scale)
  }
}
