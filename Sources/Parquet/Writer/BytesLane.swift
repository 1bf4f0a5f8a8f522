import Columns

/// A column of strings or byte strings.
///
/// While a dictionary is in use (or not ruled out) the page is a list of codes into a dictionary of the chunk, filled straight
/// from the codes of the batch; after that it is the bytes themselves.
final class BytesLane: ValueLane {
  private let name: String
  private let options: ParquetWriterOptions
  private let trial: EncodingTrial
  private let dictionary = BytesDictionary()
  private let codes = Buffer<Int32>(capacity: 1024)
  private let data = ByteBuffer(capacity: 1024)
  private let lengths = Buffer<Int64>(capacity: 1024)
  /// Code in `source` to code in `dictionary`, −1 where unknown.
  private let remap = Buffer<Int32>(capacity: 256)
  private var source: StringDictionary?
  /// The last page in which each code occurred, so that bounds look at each only once.
  private let seen = Buffer<UInt32>(capacity: 256)
  private var pageNumber: UInt32 = 0
  private var mode = EncodingMode.undecided
  private var usedDictionary = false

  init(name: String, options: ParquetWriterOptions, trial: EncodingTrial) {
    self.name = name
    self.options = options
    self.trial = trial
  }

  private var isDirect: Bool {
    if case .direct = mode { return true }
    return false
  }

  var isPageFull: Bool {
    isDirect ? data.count >= options.pageBytes : dictionary.data.count >= max(options.dictionaryBytes, options.pageBytes)
  }

  func append(_ values: ColumnValues, rows: Range<Int>, validity: UnsafePointer<Bool>?) throws -> Int {
    switch values {
    case .codes(let codes, let dictionary):
      return try codes.withUnsafeBufferPointer { codes in
        isDirect
          ? try appendBytes(codes, dictionary, rows, validity) : try appendCodes(codes, dictionary, rows, validity)
      }
    case .bytes(let vector): return appendBytes(vector, rows, validity)
    default: throw ParquetError(.value, "Column '\(name)' holds values of another lane than its type; fix the batch")
    }
  }

  func beginChunk() {
    mode = .undecided
    usedDictionary = false
    dictionary.removeAll()
    remap.count = 0
    seen.count = 0
  }

  func encodePage(into out: ByteBuffer) throws -> EncodedPage {
    defer {
      codes.count = 0
      data.count = 0
      lengths.count = 0
    }
    if mode == .undecided, codes.count > 0 { mode = try choose() }
    switch mode {
    case .undecided: return EncodedPage(encoding: .plain)
    case .direct(let encoding):
      if codes.count > 0 { materialise() }
      encodeDirect(encoding, into: out)
      return EncodedPage(encoding: encoding, bounds: directBounds())
    case .dictionary(let fallback):
      let bounds = codeBounds()
      encodeCodes(into: out)
      usedDictionary = true
      if dictionary.data.count > options.dictionaryBytes { mode = .direct(fallback) }
      return EncodedPage(encoding: .rleDictionary, bounds: bounds)
    }
  }

  func encodeDictionary(into out: ByteBuffer) -> Int? {
    guard usedDictionary else { return nil }
    encodeEntries(into: out)
    return dictionary.count
  }
}

// MARK: - Taking values

extension BytesLane {
  private func appendCodes(
    _ codes: UnsafeBufferPointer<Int32>, _ from: StringDictionary, _ rows: Range<Int>, _ validity: UnsafePointer<Bool>?
  ) throws -> Int {
    prepareRemap(from)
    self.codes.reserve(rows.count)
    let known = UInt32(truncatingIfNeeded: remap.count)
    for row in rows {
      if let validity, !validity[row] { continue }
      let code = codes[row]
      guard UInt32(bitPattern: code) < known else { throw unknownCode }
      var local = remap.base[Int(code)]
      if local < 0 {
        local = from.withBytes(code) { dictionary.code(of: $0) }
        remap.base[Int(code)] = local
        if isPageFull {
          self.codes.append(local)
          return row + 1 - rows.lowerBound
        }
      }
      self.codes.base[self.codes.count] = local
      self.codes.count &+= 1
    }
    return rows.count
  }

  private func prepareRemap(_ from: StringDictionary) {
    if source !== from {
      source = from
      remap.count = 0
    }
    if remap.count < from.count { remap.append(repeating: -1, count: from.count - remap.count) }
  }

  private func appendBytes(
    _ codes: UnsafeBufferPointer<Int32>, _ from: StringDictionary, _ rows: Range<Int>, _ validity: UnsafePointer<Bool>?
  ) throws -> Int {
    let known = UInt32(truncatingIfNeeded: from.count)
    for row in rows {
      if let validity, !validity[row] { continue }
      guard UInt32(bitPattern: codes[row]) < known else { throw unknownCode }
      from.withBytes(codes[row]) { appendDirect($0) }
      if isPageFull { return row + 1 - rows.lowerBound }
    }
    return rows.count
  }

  private func appendBytes(_ vector: BytesVector, _ rows: Range<Int>, _ validity: UnsafePointer<Bool>?) -> Int {
    vector.data.withUnsafeBytes { all in
      for row in rows {
        if let validity, !validity[row] { continue }
        let bytes = UnsafeRawBufferPointer(rebasing: all[vector.range(row)])
        if isDirect { appendDirect(bytes) } else { codes.append(dictionary.code(of: bytes)) }
        if isPageFull { return row + 1 - rows.lowerBound }
      }
      return rows.count
    }
  }

  private func appendDirect(_ bytes: UnsafeRawBufferPointer) {
    data.append(bytes)
    lengths.append(Int64(bytes.count))
  }

  private var unknownCode: ParquetError {
    ParquetError(.value, "Column '\(name)' holds a code that its dictionary does not know; fix the batch")
  }
}

// MARK: - Encoding

extension BytesLane {
  private func encodeCodes(into out: ByteBuffer) {
    let width = BitPacking.width(ofCodes: dictionary.count)
    out.append(UInt8(width))
    HybridEncoding.encode(codes.base, count: codes.count, width: width, into: out)
  }

  private func encodeEntries(into out: ByteBuffer) {
    for code in 0..<dictionary.count {
      out.appendLittleEndian(UInt32(truncatingIfNeeded: dictionary[code].count))
      out.append(dictionary[code])
    }
  }

  private func encodeDirect(_ encoding: ParquetEncoding, into out: ByteBuffer) {
    if encoding == .deltaLengthByteArray {
      DeltaBinaryPacked.encode(lengths.base, count: lengths.count, is32: true, into: out)
      out.append(data.bytes)
      return
    }
    var start = 0
    for i in 0..<lengths.count {
      let length = Int(lengths.base[i])
      out.appendLittleEndian(UInt32(truncatingIfNeeded: length))
      out.append(UnsafeRawBufferPointer(rebasing: data.bytes[start..<start + length]))
      start += length
    }
  }

  /// Turns the codes of the page into bytes.
  private func materialise() {
    for i in 0..<codes.count { appendDirect(dictionary[Int(codes.base[i])]) }
    codes.count = 0
  }

  private func choose() throws -> EncodingMode {
    var total = 0
    for i in 0..<codes.count { total += dictionary[Int(codes.base[i])].count }
    // Long strings repeated so often that writing them out would swell the page: only a dictionary will do.
    guard total <= 8 * max(options.pageBytes, dictionary.data.count) else { return .dictionary(fallback: .deltaLengthByteArray) }
    let sample = codes.count
    let early = (0..<sample / 2).reduce(0) { max($0, Int(codes.base[$1]) + 1) }
    let codesSize = try trial.size { encodeCodes(into: $0) }
    let entriesSize = try trial.size { encodeEntries(into: $0) }
    for i in 0..<sample { appendDirect(dictionary[Int(codes.base[i])]) }
    defer {
      data.count = 0
      lengths.count = 0
    }
    let plain = try trial.size { encodeDirect(.plain, into: $0) }
    let delta = try trial.size { encodeDirect(.deltaLengthByteArray, into: $0) }
    let fallback: ParquetEncoding = EncodingTrial.isClearlySmaller(delta, than: plain) ? .deltaLengthByteArray : .plain
    let cost = EncodingTrial.dictionaryCost(
      codesSize: codesSize, entriesSize: entriesSize, entries: dictionary.count, early: early,
      isOnlyPage: sample < options.pageRows && !isPageFull)
    if dictionary.data.count <= options.dictionaryBytes, EncodingTrial.isClearlySmaller(cost, than: min(plain, delta)) {
      return .dictionary(fallback: fallback)
    }
    return .direct(fallback)
  }
}

// MARK: - Bounds

extension BytesLane {
  private func codeBounds() -> Bounds? {
    guard codes.count > 0 else { return nil }
    pageNumber += 1
    if seen.count < dictionary.count { seen.append(repeating: 0, count: dictionary.count - seen.count) }
    var least = Int(codes.base[0])
    var most = least
    for i in 0..<codes.count {
      let code = Int(codes.base[i])
      if seen.base[code] == pageNumber { continue }
      seen.base[code] = pageNumber
      if ByteOrder.precedes(dictionary[code], dictionary[least]) { least = code }
      if ByteOrder.precedes(dictionary[most], dictionary[code]) { most = code }
    }
    return Bounds(lower: .bytes(Array(dictionary[least])), upper: .bytes(Array(dictionary[most])))
  }

  private func directBounds() -> Bounds? {
    guard lengths.count > 0 else { return nil }
    var least = UnsafeRawBufferPointer(start: data.base, count: Int(lengths.base[0]))
    var most = least
    var start = least.count
    for i in 1..<max(1, lengths.count) {
      let value = UnsafeRawBufferPointer(start: data.base + start, count: Int(lengths.base[i]))
      start += value.count
      if ByteOrder.precedes(value, least) { least = value }
      if ByteOrder.precedes(most, value) { most = value }
    }
    return Bounds(lower: .bytes(Array(least)), upper: .bytes(Array(most)))
  }
}
