import Columns

/// How a column's value becomes a partition value (specification, "Partition Transforms").
public enum Transform: Hashable, Sendable {
  case identity
  /// Years since 1970.
  case year
  /// Months since 1970-01.
  case month
  /// Days since 1970-01-01.
  case day
  /// Hours since 1970-01-01T00.
  case hour
  /// Murmur3 of the value, modulo the count.
  case bucket(Int)
  /// Numbers floored to a multiple of the width; strings and binaries cut to it.
  case truncate(Int)
  /// Always NULL.
  case void
  /// A transform this library does not know, kept as it was found.
  case unknown(String)

  /// The name as table metadata writes it.
  public var name: String {
    switch self {
    case .identity: "identity"
    case .year: "year"
    case .month: "month"
    case .day: "day"
    case .hour: "hour"
    case .bucket(let count): "bucket[\(count)]"
    case .truncate(let width): "truncate[\(width)]"
    case .void: "void"
    case .unknown(let name): name
    }
  }

  /// The transform of that name; what is not known becomes `unknown`.
  public init(name: String) {
    switch name {
    case "identity": self = .identity
    case "year": self = .year
    case "month": self = .month
    case "day": self = .day
    case "hour": self = .hour
    case "void": self = .void
    default: self = Self.parametric(name) ?? .unknown(name)
    }
  }

  private static func parametric(_ name: String) -> Transform? {
    guard name.hasSuffix("]"), let open = name.firstIndex(of: "[") else { return nil }
    guard let number = Int(name[name.index(after: open)...].dropLast()), number > 0, number <= Int32.max else { return nil }
    switch name[..<open] {
    case "bucket": return .bucket(number)
    case "truncate": return .truncate(number)
    default: return nil
    }
  }

  /// The type of the partition values of a column of type `source`.
  public func resultType(_ source: IcebergType) -> IcebergType {
    switch self {
    case .identity, .truncate, .void, .unknown: source
    case .year, .month, .hour, .bucket: .int
    case .day: .date
    }
  }
}

extension Transform {
  /// The partition value of `value`; NULL stays NULL. Throws `IcebergError.unsupported` where type and transform do not go
  /// together.
  public func apply(_ value: Datum?) throws -> Datum? {
    guard let value else { return nil }
    switch self {
    case .identity: return value
    case .void: return nil
    case .year, .month, .day, .hour: return try time(value)
    case .bucket(let count):
      let hash = UInt32(bitPattern: Murmur3.hash(try Self.hashed(value, self))) & 0x7fff_ffff
      return .int(Int32(hash % UInt32(count)))
    case .truncate(let width): return try truncated(value, Int64(width))
    case .unknown: throw mismatch()
    }
  }

  private func mismatch() -> IcebergError {
    IcebergError(.unsupported, "the partition transform \(name) cannot be applied to this column's type.")
  }

  private func time(_ value: Datum) throws -> Datum {
    let days: Int
    switch value {
    case .date(let number): days = Int(number)
    case .timestamptz(let micros):
      if self == .hour { return .int(Int32(truncatingIfNeeded: micros.flooredQuotient(3_600_000_000))) }
      days = Int(micros.flooredQuotient(86_400_000_000))
    default: throw mismatch()
    }
    switch self {
    case .day: return .date(Int32(truncatingIfNeeded: days))
    case .month: return .int(Int32(truncatingIfNeeded: CivilDate(days: days).months))
    case .year: return .int(Int32(truncatingIfNeeded: CivilDate(days: days).year - 1970))
    default: throw mismatch()
    }
  }

  private static func hashed(_ value: Datum, _ transform: Transform) throws -> [UInt8] {
    switch value {
    case .int(let number), .date(let number): Datum.long(Int64(number)).serialized
    case .long, .timestamptz, .string, .binary, .decimal: value.serialized
    case .boolean, .double: throw transform.mismatch()
    }
  }

  private func truncated(_ value: Datum, _ width: Int64) throws -> Datum {
    switch value {
    case .int(let number): return .int(Int32(truncatingIfNeeded: Int64(number).flooredQuotient(width) * width))
    case .long(let number): return .long(number.flooredQuotient(width) &* width)
    case .decimal(let number): return .decimal(number.flooredQuotient(Int128(width)) &* Int128(width))
    case .string, .binary: return Bounds.lower(value, length: Int(width))
    default: throw mismatch()
    }
  }
}

extension Transform {
  /// The partition value as it stands in a directory name: dates as ISO 8601, other text reduced to letters, digits, `.`, `-`,
  /// `_`.
  ///
  /// Readers take partition values from manifests; a name without escapes means the same to all of them.
  public func pathText(_ value: Datum?) -> String {
    guard let value else { return "null" }
    switch (self, value) {
    case (.year, .int(let years)): return (1970 + Int(years)).padded(4)
    case (.month, .int(let months)):
      let year = 1970 + Int(months).flooredQuotient(12)
      return "\(year.padded(4))-\((Int(months) - (year - 1970) * 12 + 1).padded(2))"
    case (.hour, .int(let hours)):
      let days = Int(hours).flooredQuotient(24)
      return "\(CivilDate(days: days).text)-\((Int(hours) - days * 24).padded(2))"
    case (_, .date(let days)): return CivilDate(days: Int(days)).text
    default: return Self.plain(value)
    }
  }

  private static func plain(_ value: Datum) -> String {
    let text =
      switch value {
      case .boolean(let value): String(value)
      case .int(let value), .date(let value): String(value)
      case .long(let value), .timestamptz(let value): String(value)
      case .double(let value): String(value)
      case .decimal(let value): String(value)
      case .string(let value): value
      case .binary(let value): value.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      }
    let safe = text.unicodeScalars.prefix(64).map { scalar -> Character in
      let kept =
        scalar.isASCII
        && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "._-".unicodeScalars.contains(scalar))
      return kept ? Character(scalar) : "_"
    }
    return String(safe)
  }
}
