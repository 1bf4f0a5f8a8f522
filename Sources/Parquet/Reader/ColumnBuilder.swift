import Columns

/// Gathers the values (not the nulls) of a chunk and lays them out as a column.
protocol ColumnBuilder: AnyObject {
  /// Entries of the chunk's dictionary.
  var dictionaryCount: Int { get }
  /// Replaces the dictionary with `count` PLAIN values.
  func readDictionary(_ bytes: UnsafeRawBufferPointer, count: Int) throws
  /// Appends `count` values in an encoding other than a dictionary's.
  func readValues(_ bytes: UnsafeRawBufferPointer, count: Int, encoding: ParquetEncoding) throws
  /// Appends a dictionary entry `count` times; the code is in range. Throws `ParquetError.corrupt` where that takes too much memory.
  func append(code: Int, count: Int) throws
  /// The values with gaps where `validity` is false. Throws `ParquetError.corrupt` where the counts do not add up.
  func finish(validity: [Bool]?, rows: Int) throws -> ColumnValues
}

/// The builder for a type in a layout that `ParquetSchema` accepts for it.
func makeColumnBuilder(_ type: ColumnType, _ layout: PhysicalLayout) -> any ColumnBuilder {
  switch (type, layout.type) {
  case (.boolean, _): BooleanBuilder()
  case (.double, _): FixedBuilder<Double>(DoubleCodec(), zero: 0) { .double($0) }
  case (.string, _): TextBuilder()
  case (.bytes, _): BytesBuilder()
  case (.decimal(let precision, _), .fixedLenByteArray) where precision > 18:
    FixedBuilder<Int128>(BigEndianCodec<Int128>(width: layout.length), zero: 0) { .int128($0) }
  case (.decimal, .fixedLenByteArray): FixedBuilder<Int64>(BigEndianCodec<Int64>(width: layout.length), zero: 0) { .int64($0) }
  case (.decimal(let precision, _), _) where precision > 18: FixedBuilder<Int128>(WideCodec(), zero: 0) { .int128($0) }
  default: FixedBuilder<Int64>(IntegerCodec(is32: layout.type == .int32), zero: 0) { .int64($0) }
  }
}

/// Spreads `values` over `rows` places, `filler` where `validity` is false.
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
  associatedtype Value
  func decode(_ bytes: UnsafeRawBufferPointer, count: Int, encoding: ParquetEncoding, _ body: (Value) -> Void) throws
}

/// A column of fixed-width values.
final class FixedBuilder<Value>: ColumnBuilder {
  private let codec: any FixedCodec<Value>
  private let zero: Value
  private let wrap: ([Value]) -> ColumnValues
  private var values: [Value] = []
  private var dictionary: [Value] = []

  init(_ codec: any FixedCodec<Value>, zero: Value, _ wrap: @escaping ([Value]) -> ColumnValues) {
    self.codec = codec
    self.zero = zero
    self.wrap = wrap
  }

  var dictionaryCount: Int { dictionary.count }

  func readDictionary(_ bytes: UnsafeRawBufferPointer, count: Int) throws {
    dictionary.removeAll()
    try codec.decode(bytes, count: count, encoding: .plain) { dictionary.append($0) }
  }

  func readValues(_ bytes: UnsafeRawBufferPointer, count: Int, encoding: ParquetEncoding) throws {
    try codec.decode(bytes, count: count, encoding: encoding) { values.append($0) }
  }

  func append(code: Int, count: Int) {
    if count == 1 { values.append(dictionary[code]) } else { values.append(contentsOf: repeatElement(dictionary[code], count: count)) }
  }

  func finish(validity: [Bool]?, rows: Int) throws -> ColumnValues {
    wrap(try spread(values, validity, rows: rows, filler: zero))
  }
}

/// A column of booleans: PLAIN bits or RLE with a length prefix.
final class BooleanBuilder: ColumnBuilder {
  private var values: [Bool] = []

  let dictionaryCount = 0

  func readDictionary(_ bytes: UnsafeRawBufferPointer, count: Int) throws { throw ParquetError.corrupt("Booleans have a dictionary") }

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

  func append(code: Int, count: Int) {}

  func finish(validity: [Bool]?, rows: Int) throws -> ColumnValues { .bool(try spread(values, validity, rows: rows, filler: false)) }
}
