import Columns

/// Gathers the values (not the nulls) of a chunk and lays them out as a column.
protocol ColumnBuilder: AnyObject {
  /// Replaces the dictionary with `count` PLAIN values.
  func readDictionary(_ bytes: UnsafeRawBufferPointer, count: Int) throws
  /// Appends `count` values in an encoding other than a dictionary's.
  func readValues(_ bytes: UnsafeRawBufferPointer, count: Int, encoding: ParquetEncoding) throws
  /// Appends `count` entries of the dictionary by their codes, which lie in `bytes` as a hybrid of `width` bits.
  /// Throws `ParquetError.corrupt` for a code out of range and where the entries take too much memory.
  func readCodes(_ bytes: UnsafeRawBufferPointer, count: Int, width: Int) throws
  /// The values with gaps where `validity` is false. Throws `ParquetError.corrupt` where the counts do not add up.
  func finish(validity: [Bool]?, rows: Int) throws -> ColumnValues
}

/// The builder for a type in a layout that `ParquetSchema` accepts for it.
func makeColumnBuilder(_ type: ColumnType, _ layout: PhysicalLayout) -> any ColumnBuilder {
  switch (type, layout.type) {
  case (.boolean, _): BooleanBuilder()
  case (.double, _): FixedBuilder(DoubleCodec()) { .double($0) }
  case (.string, _): TextBuilder()
  case (.bytes, _): BytesBuilder()
  case (.decimal(let precision, _), .fixedLenByteArray) where precision > 18:
    FixedBuilder(BigEndianCodec<Int128>(width: layout.length)) { .int128($0) }
  case (.decimal, .fixedLenByteArray): FixedBuilder(BigEndianCodec<Int64>(width: layout.length)) { .int64($0) }
  default: FixedBuilder(IntegerCodec(is32: layout.type == .int32)) { .int64($0) }
  }
}

/// Decodes codes of a dictionary with `known` entries; hands each stretch to `body`: a code in range and how often it repeats.
@inline(__always)
func decodeCodes(
  _ bytes: UnsafeRawBufferPointer, count: Int, width: Int, known: Int, _ body: (Int, Int) throws -> Void
) throws {
  try HybridEncoding.decode(bytes, count: count, width: width) { code, length in
    guard code < UInt64(known) else { throw ParquetError.corrupt("A dictionary code is out of range") }
    try body(Int(truncatingIfNeeded: code), length)
  }
}

/// Gathers `dictionary` entries by code; by name for each kind of column, because builders are called through a protocol.
@specialized(where Value == Int32)
@specialized(where Value == Int64)
@specialized(where Value == Int128)
@specialized(where Value == Double)
func gather<Value: BitwiseCopyable>(
  _ bytes: UnsafeRawBufferPointer, count: Int, width: Int, _ dictionary: [Value], into values: inout [Value]
) throws {
  try dictionary.withUnsafeBufferPointer { dictionary in
    try decodeCodes(bytes, count: count, width: width, known: dictionary.count) { code, length in
      if length == 1 {
        values.append(dictionary[code])
      } else {
        values.append(contentsOf: repeatElement(dictionary[code], count: length))
      }
    }
  }
}

/// Spreads `values` over `rows` places, `filler` where `validity` is false.
@specialized(where Value == Bool)
@specialized(where Value == Int32)
@specialized(where Value == Int64)
@specialized(where Value == Int128)
@specialized(where Value == Double)
func spread<Value>(_ values: [Value], _ validity: [Bool]?, rows: Int, filler: Value) throws -> [Value] {
  guard let validity else {
    guard values.count == rows else { throw ParquetError.corrupt("A column has another number of values than its row group") }
    return values
  }
  guard validity.count == rows else { throw ParquetError.corrupt("A column has another number of levels than its row group") }
  var next = 0
  let result = validity.map { valid -> Value in
    guard valid, next < values.count else { return filler }
    next += 1
    return values[next - 1]
  }
  guard next == values.count else { throw ParquetError.corrupt("A column has another number of values than its levels say") }
  return result
}

/// Decodes fixed-width values of one layout.
protocol FixedCodec<Value> {
  associatedtype Value: BitwiseCopyable & ExpressibleByIntegerLiteral
  /// Appends `count` values to `values`. Throws `UnsupportedEncoding` and `ParquetError.corrupt`.
  func decode(_ bytes: UnsafeRawBufferPointer, count: Int, encoding: ParquetEncoding, into values: inout [Value]) throws
}

/// A column of fixed-width values.
final class FixedBuilder<Codec: FixedCodec>: ColumnBuilder {
  private let codec: Codec
  private let wrap: ([Codec.Value]) -> ColumnValues
  private var values: [Codec.Value] = []
  private var dictionary: [Codec.Value] = []

  init(_ codec: Codec, _ wrap: @escaping ([Codec.Value]) -> ColumnValues) {
    self.codec = codec
    self.wrap = wrap
  }

  func readDictionary(_ bytes: UnsafeRawBufferPointer, count: Int) throws {
    dictionary.removeAll()
    try codec.decode(bytes, count: count, encoding: .plain, into: &dictionary)
  }

  func readValues(_ bytes: UnsafeRawBufferPointer, count: Int, encoding: ParquetEncoding) throws {
    try codec.decode(bytes, count: count, encoding: encoding, into: &values)
  }

  func readCodes(_ bytes: UnsafeRawBufferPointer, count: Int, width: Int) throws {
    try gather(bytes, count: count, width: width, dictionary, into: &values)
  }

  func finish(validity: [Bool]?, rows: Int) throws -> ColumnValues {
    wrap(try spread(values, validity, rows: rows, filler: 0))
  }
}

/// A column of booleans: PLAIN bits or RLE with a length prefix.
final class BooleanBuilder: ColumnBuilder {
  private var values: [Bool] = []

  func readDictionary(_ bytes: UnsafeRawBufferPointer, count: Int) throws {
    throw ParquetError.corrupt("Booleans have a dictionary")
  }

  func readValues(_ bytes: UnsafeRawBufferPointer, count: Int, encoding: ParquetEncoding) throws {
    switch encoding {
    case .plain: try BitPacking.unpack(bytes, count: count, width: 1) { values.append($0 == 1) }
    case .rle:
      var cursor = ByteCursor(bytes)
      let length = try cursor.littleEndian(UInt32.self)
      try HybridEncoding.decode(try cursor.take(Int(length)), count: count, width: 1) { value, run in
        values.append(contentsOf: repeatElement(value & 1 == 1, count: run))
      }
    default: throw UnsupportedEncoding(encoding: encoding)
    }
  }

  func readCodes(_ bytes: UnsafeRawBufferPointer, count: Int, width: Int) throws {
    throw ParquetError.corrupt("Booleans have a dictionary")
  }

  func finish(validity: [Bool]?, rows: Int) throws -> ColumnValues {
    .bool(try spread(values, validity, rows: rows, filler: false))
  }
}
