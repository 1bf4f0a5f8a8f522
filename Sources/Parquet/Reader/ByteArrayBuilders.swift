import Columns

/// Decodes BYTE_ARRAY values.
enum ByteArrayDecoding {
  static func decode(
    _ bytes: UnsafeRawBufferPointer, count: Int, encoding: ParquetEncoding, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    switch encoding {
    case .plain:
      var cursor = ByteCursor(bytes)
      for _ in 0..<count { try body(try cursor.take(Int(try cursor.littleEndian(UInt32.self)))) }
    case .deltaLengthByteArray: try deltaLength(bytes, count, body)
    case .deltaByteArray: try deltaBytes(bytes, count, body)
    default: throw UnsupportedEncoding(encoding: encoding)
    }
  }

  @discardableResult
  private static func lengths(_ bytes: UnsafeRawBufferPointer, _ count: Int) throws -> (lengths: [Int], size: Int) {
    var lengths: [Int] = []
    let size = try DeltaBinaryPacked.decode(bytes, count: count, is32: true) { lengths.append(Int($0)) }
    return (lengths, size)
  }

  private static func deltaLength(
    _ bytes: UnsafeRawBufferPointer, _ count: Int, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let (lengths, size) = try lengths(bytes, count)
    var cursor = ByteCursor(UnsafeRawBufferPointer(rebasing: bytes[size...]))
    for length in lengths { try body(try cursor.take(length)) }
  }

  private static func deltaBytes(
    _ bytes: UnsafeRawBufferPointer, _ count: Int, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let (prefixes, size) = try lengths(bytes, count)
    let suffixBytes = UnsafeRawBufferPointer(rebasing: bytes[size...])
    var previous: [UInt8] = []
    var index = 0
    var total = 0
    try deltaLength(suffixBytes, count) { suffix in
      let prefix = prefixes[index]
      index += 1
      guard prefix >= 0, prefix <= previous.count else {
        throw ParquetError.corrupt("A shared prefix is longer than the value before")
      }
      // Each value may repeat the one before, so a small page could otherwise describe terabytes.
      total += prefix
      guard total <= 1 << 31 else { throw ParquetError.corrupt("A page of shared prefixes is too large") }
      previous.removeSubrange(prefix...)
      previous.append(contentsOf: suffix)
      try previous.withUnsafeBytes(body)
    }
  }
}

/// A column of strings, as codes into a dictionary of its own.
final class TextBuilder: ColumnBuilder {
  private let strings = StringDictionary()
  private var values: [Int32] = []
  private var dictionary: [Int32] = []

  func readDictionary(_ bytes: UnsafeRawBufferPointer, count: Int) throws {
    dictionary.removeAll()
    try ByteArrayDecoding.decode(bytes, count: count, encoding: .plain) { dictionary.append(strings.code(of: $0)) }
  }

  func readValues(_ bytes: UnsafeRawBufferPointer, count: Int, encoding: ParquetEncoding) throws {
    try ByteArrayDecoding.decode(bytes, count: count, encoding: encoding) { values.append(strings.code(of: $0)) }
  }

  func readCodes(_ bytes: UnsafeRawBufferPointer, count: Int, width: Int) throws {
    try gather(bytes, count: count, width: width, dictionary, into: &values)
  }

  func finish(validity: [Bool]?, rows: Int) throws -> ColumnValues {
    // Null rows hold some code of the dictionary, so that a reader who ignores the mask stays in range.
    let filler: Int32 = strings.count > 0 ? 0 : strings.code(of: "")
    return .codes(try spread(values, validity, rows: rows, filler: filler), strings)
  }
}

/// A column of byte strings.
final class BytesBuilder: ColumnBuilder {
  private var values = BytesVector()
  private var dictionary = BytesVector()
  private static let mostBytes = 4 << 30

  func readDictionary(_ bytes: UnsafeRawBufferPointer, count: Int) throws {
    dictionary.removeAll()
    try ByteArrayDecoding.decode(bytes, count: count, encoding: .plain) { dictionary.append(contentsOf: $0) }
  }

  func readValues(_ bytes: UnsafeRawBufferPointer, count: Int, encoding: ParquetEncoding) throws {
    try ByteArrayDecoding.decode(bytes, count: count, encoding: encoding) { values.append(contentsOf: $0) }
  }

  func readCodes(_ bytes: UnsafeRawBufferPointer, count: Int, width: Int) throws {
    try decodeCodes(bytes, count: count, width: width, known: dictionary.count) { code, length in
      // A run of a few bytes may repeat a long entry a hundred million times.
      let (size, overflow) = dictionary.range(code).count.multipliedReportingOverflow(by: length)
      guard !overflow, size <= Self.mostBytes, values.data.count <= Self.mostBytes else {
        throw ParquetError.corrupt("A column of byte strings is too large")
      }
      for _ in 0..<length { values.append(contentsOf: dictionary[code]) }
    }
  }

  func finish(validity: [Bool]?, rows: Int) throws -> ColumnValues {
    guard let validity else {
      guard values.count == rows else { throw ParquetError.corrupt("A column has another number of values than its row group") }
      return .bytes(values)
    }
    guard validity.count == rows else { throw ParquetError.corrupt("A column has another number of levels than its row group") }
    var ends: [Int] = []
    ends.reserveCapacity(rows)
    var next = 0
    for valid in validity {
      if valid, next < values.count { next += 1 }
      ends.append(next == 0 ? 0 : values.ends[next - 1])
    }
    guard next == values.count else { throw ParquetError.corrupt("A column has another number of values than its levels say") }
    values.ends = ends
    return .bytes(values)
  }
}
