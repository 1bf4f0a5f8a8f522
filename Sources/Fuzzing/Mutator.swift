import TestSupport

/// Makes damaged inputs out of valid ones: keeps most of their structure, so that the damage reaches the places behind the
/// first check.
struct Mutator {
  private let target: FuzzTarget
  /// The seeds cut into tokens, for texts.
  private let tokens: [[[UInt8]]]
  private let pool: [[UInt8]]

  /// Longest input that is made, except where one piece is repeated.
  private static let longest = 6_000

  init(_ target: FuzzTarget) {
    self.target = target
    tokens = target.kind == .text ? target.seeds.map { Self.tokens(of: $0) } : []
    pool =
      target.pieces + (target.kind == .text ? Array(Set(tokens.flatMap { $0 })).sorted { $0.lexicographicallyPrecedes($1) } : [])
  }

  /// The input that `seed` stands for: always the same.
  func input(_ seed: UInt64) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    let rounds = [0, 1, 1, 1, 1, 1, 1, 2, 2, 3, 5, 8][Self.below(12, &random)]
    switch target.kind {
    case .text:
      var parts = tokens[Self.below(tokens.count, &random)]
      for _ in 0..<rounds { damage(&parts, &random) }
      var bytes = Array(parts.joined())
      if Self.below(12, &random) == 0 { damage(&bytes, &random) }
      return bytes
    case .binary:
      var bytes = target.seeds[Self.below(target.seeds.count, &random)]
      for _ in 0..<rounds { damage(&bytes, &random) }
      return bytes
    }
  }

  static func below(_ bound: Int, _ random: inout SeededGenerator) -> Int { Int(random.next() % UInt64(max(1, bound))) }

  // MARK: Tokens

  private func damage(_ parts: inout [[UInt8]], _ random: inout SeededGenerator) {
    guard !parts.isEmpty else { return parts = [piece(&random)] }
    var at = Self.below(parts.count, &random)
    if parts[at] == [0x20], at + 1 < parts.count { at += 1 }
    let end = min(parts.count, at + 1 + Self.below(6, &random))
    switch Self.below(12, &random) {
    case 0: parts.removeSubrange(at..<end)
    case 1, 10, 11: parts[at] = similar(to: parts[at], &random)
    case 2: parts.insert(piece(&random), at: at)
    case 3: parts.swapAt(at, Self.below(parts.count, &random))
    case 4: parts.insert(contentsOf: parts[at..<end], at: Self.below(parts.count + 1, &random))
    case 5: parts[at] = edge(&random)
    case 6: splice(&parts, at, &random)
    case 7: parts.removeSubrange(at...)
    case 8: wrap(&parts, at, end, &random)
    default: damage(&parts[at], &random)
    }
    if parts.count > Self.longest { parts.removeSubrange(Self.longest...) }
  }

  private func piece(_ random: inout SeededGenerator) -> [UInt8] {
    pool.isEmpty ? edge(&random) : pool[Self.below(pool.count, &random)]
  }

  /// Another token of the same kind, which often leaves the whole readable.
  private func similar(to token: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    guard let first = token.first else { return piece(&random) }
    for _ in 0..<8 {
      let other = piece(&random)
      if let start = other.first, Self.class(start) == Self.class(first) { return other }
    }
    return piece(&random)
  }

  /// Words, numbers, or one sign each.
  private static func `class`(_ byte: UInt8) -> Int {
    switch byte {
    case 0x30...0x39: 1
    case 0x41...0x5a, 0x61...0x7a, 0x5f, 0x80...: 2
    default: 256 + Int(byte)
    }
  }

  /// What follows from here on comes from another seed.
  private func splice(_ parts: inout [[UInt8]], _ at: Int, _ random: inout SeededGenerator) {
    let other = tokens[Self.below(tokens.count, &random)]
    guard !other.isEmpty else { return }
    parts.replaceSubrange(at..., with: other[Self.below(other.count, &random)...])
  }

  /// Puts brackets around a part, rarely hundreds of them, so that nesting is tried too.
  private func wrap(_ parts: inout [[UInt8]], _ at: Int, _ end: Int, _ random: inout SeededGenerator) {
    let pairs: [(String, String)] = [
      ("(", ")"), ("[", "]"), ("{", "}"), ("'", "'"), ("ARRAY<", ">"), ("{\"a\":", "}"), ("ABS(", ")"),
    ]
    let (open, close) = pairs[Self.below(pairs.count, &random)]
    let depth = [1, 1, 2, 3, 40, 300][Self.below(6, &random)]
    parts.insert(contentsOf: Array(repeating: Array(close.utf8), count: depth), at: end)
    parts.insert(contentsOf: Array(repeating: Array(open.utf8), count: depth), at: at)
  }

  private static let edges: [[UInt8]] = [
    "0", "-1", "1", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999999999999999999999", "170141183460469231731687303715884105728", "1e308", "1e309", "1e-400",
    "1e999999999",
    "0.1", ".5", "5.", "00", "-0", "NaN", "Infinity", "", "\u{0}", "\u{7f}", "\u{fffd}", "é", "e\u{301}", "\u{1F600}", "\"", "'",
    "`", "\\",
    "\\u0000", "\\ud800", "--", "/*", "//", "#", "$", "${", "${x}", "%", "_", "\n", "\r\n", "\t", "1970-01-01",
    "9999-12-31T23:59:59Z",
    "2026-02-30", "-999999999-01-01", "+14:00", "null", "NULL", "true", ",", ",,", ";", ":", ":=", "->", "=>", "||", "<>", "[",
    "]", "{", "}",
  ].bytes

  private func edge(_ random: inout SeededGenerator) -> [UInt8] { Self.edges[Self.below(Self.edges.count, &random)] }

  /// Words, numbers, runs of blanks, and single signs.
  static func tokens(of text: [UInt8]) -> [[UInt8]] {
    var tokens: [[UInt8]] = []
    var last = 0
    for byte in text {
      let kind = kind(byte)
      if kind != 0, kind == last { tokens[tokens.count - 1].append(byte) } else { tokens.append([byte]) }
      last = kind
    }
    return tokens
  }

  /// 0 for what stands alone.
  private static func kind(_ byte: UInt8) -> Int {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x5f, 0x80...: 1
    case 0x20: 2
    default: 0
    }
  }

  // MARK: Bytes

  private func damage(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    let at = Self.below(bytes.count + 1, &random)
    let end = min(bytes.count, at + 1 + Self.below(9, &random))
    switch Self.below(9, &random) {
    case 0: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
    case 1 where at < bytes.count: bytes[at] = UInt8(truncatingIfNeeded: random.next())
    case 2 where at < bytes.count: bytes[at] ^= 1 << UInt8(random.next() & 7)
    case 3: bytes.removeSubrange(at...)
    case 4: bytes.removeSubrange(at..<end)
    case 5: bytes.insert(contentsOf: bytes[at..<end], at: Self.below(bytes.count + 1, &random))
    case 6: bytes.replaceSubrange(at..<end, with: number(&random))
    case 7 where !pool.isEmpty: bytes.insert(contentsOf: piece(&random), at: at)
    default: bytes.insert(contentsOf: number(&random), at: at)
    }
    if bytes.count > Self.longest { bytes.removeSubrange(Self.longest...) }
  }

  /// A number at an edge as a format may hold one: a zigzag varint, or big endian of 1, 4 or 8 bytes.
  private func number(_ random: inout SeededGenerator) -> [UInt8] {
    let values: [Int64] = [0, 1, -1, 2, 63, 64, 127, 128, 255, 1 << 16, 1 << 31, .max, .min, -(1 << 31), 1 << 40]
    let value = values[Self.below(values.count, &random)]
    let big = withUnsafeBytes(of: value.bigEndian) { Array($0) }
    switch Self.below(4, &random) {
    case 0: return [big[7]]
    case 1: return Array(big.suffix(4))
    case 2: return big
    default: return Self.zigzag(value)
    }
  }

  static func zigzag(_ value: Int64) -> [UInt8] {
    var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
