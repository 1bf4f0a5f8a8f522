import Columns

/// How the values of a leaf lie in its pages.
public struct PhysicalLayout: Hashable, Sendable {
  public var type: PhysicalType
  /// Bytes per value of `fixedLenByteArray`, otherwise 0.
  public var length: Int

  public init(_ type: PhysicalType, length: Int = 0) {
    self.type = type
    self.length = length
  }

  /// The layout the writer gives a type: Iceberg's mapping, so decimals of up to 9 digits are INT32, up to 18 INT64,
  /// wider ones big-endian in as few bytes as hold every value of the precision.
  public init(writing type: ColumnType) {
    switch type {
    case .boolean: self.init(.boolean)
    case .int32, .date: self.init(.int32)
    case .int64, .timestampMicros: self.init(.int64)
    case .double: self.init(.double)
    case .string, .bytes: self.init(.byteArray)
    case .decimal(let precision, _) where precision <= 9: self.init(.int32)
    case .decimal(let precision, _) where precision <= 18: self.init(.int64)
    case .decimal(let precision, _): self.init(.fixedLenByteArray, length: Self.bytes(forDigits: precision))
    }
  }

  /// The fewest bytes whose two's complement holds every integer of `digits` decimal digits (1…38).
  public static func bytes(forDigits digits: Int) -> Int {
    let most = Decimals.largest(digits)
    return (Int128.bitWidth - most.leadingZeroBitCount + 1 + 7) / 8
  }
}

enum Decimals {
  /// 10^digits − 1, for 1…38 digits.
  static func largest(_ digits: Int) -> Int128 {
    var power: Int128 = 1
    for _ in 0..<min(max(digits, 0), 38) { power *= 10 }
    return power - 1
  }
}
