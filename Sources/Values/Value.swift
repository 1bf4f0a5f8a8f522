import SQL

/// One SQL value on its own, apart from columns: what functions of the library, formats and nested values work with.
///
/// Equality is that of the canonical encoding: texts are equal when their UTF-8 is (not when they only look the same), all
/// NaN are one value, 0.0 and -0.0 are two, and 1.0 and 1.00 are two decimals. For SQL's `=` see `compared(to:)`.
public indirect enum Value: Sendable {
  case null
  case boolean(Bool)
  case integer(Int32)
  case bigint(Int64)
  case double(Double)
  /// `unscaled × 10^-scale`, at most 38 digits, scale 0…38.
  case decimal(unscaled: Int128, scale: Int)
  case string(String)
  case bytes([UInt8])
  /// Microseconds since the epoch.
  case timestamp(Int64)
  /// Days since the epoch.
  case date(Int32)
  /// Microseconds since midnight.
  case time(Int64)
  case array([Value])
  /// Entries in the order of their keys' encodings, each key once: use `Value.map(of:)` to make one.
  case map([Entry])
  /// Values in the order of the type's members.
  case structure([Value])

  /// One entry of a MAP.
  public struct Entry: Hashable, Sendable {
    public var key: Value
    public var value: Value

    public init(key: Value, value: Value) {
      self.key = key
      self.value = value
    }
  }

  /// A MAP of these pairs in any order; of equal keys the last one counts.
  public static func map(of pairs: some Sequence<(key: Value, value: Value)>) -> Value {
    var entries: [(encoded: [UInt8], entry: Entry)] = []
    for pair in pairs { entries.append((pair.key.encoded(), Entry(key: pair.key, value: pair.value))) }
    // The sort is stable, so the last of equal keys is the one that was given last.
    entries.sort { $0.encoded.lexicographicallyPrecedes($1.encoded) }
    var kept: [Entry] = []
    for (index, pair) in entries.enumerated() {
      if index + 1 < entries.count, entries[index + 1].encoded == pair.encoded { continue }
      kept.append(pair.entry)
    }
    return .map(kept)
  }

  public var isNull: Bool { if case .null = self { true } else { false } }
}

extension Value: Hashable {
  public static func == (a: Value, b: Value) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.boolean(let a), .boolean(let b)): a == b
    case (.integer(let a), .integer(let b)): a == b
    case (.bigint(let a), .bigint(let b)): a == b
    case (.double(let a), .double(let b)): a.canonicalBits == b.canonicalBits
    case (.decimal(let a, let s), .decimal(let b, let t)): a == b && s == t
    case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
    case (.bytes(let a), .bytes(let b)): a == b
    case (.timestamp(let a), .timestamp(let b)), (.time(let a), .time(let b)): a == b
    case (.date(let a), .date(let b)): a == b
    case (.array(let a), .array(let b)), (.structure(let a), .structure(let b)): a == b
    case (.map(let a), .map(let b)): a == b
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .boolean(let value): hasher.combine(value)
    case .integer(let value): hasher.combine(value)
    case .bigint(let value), .timestamp(let value), .time(let value): hasher.combine(value)
    case .double(let value): hasher.combine(value.canonicalBits)
    case .decimal(let unscaled, _): hasher.combine(unscaled)
    case .string(let value): hasher.combine(value)
    case .bytes(let value): hasher.combine(value)
    case .date(let value): hasher.combine(value)
    case .array(let values), .structure(let values): hasher.combine(values)
    case .map(let entries): hasher.combine(entries)
    }
  }
}

extension Double {
  /// The bits, with one pattern for all NaN.
  var canonicalBits: UInt64 { isNaN ? 0x7ff8_0000_0000_0000 : bitPattern }
}
