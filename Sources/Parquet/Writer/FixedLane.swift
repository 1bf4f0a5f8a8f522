import Columns

/// What tells the fixed-width columns apart: integers and decimals of 64 or 128 bits, and doubles as their bit patterns.
struct FixedLaneTraits<Value: FixedWidthInteger & BitwiseCopyable> {
  var name: String
  /// Bytes per value in PLAIN.
  var width: Int
  /// Candidates besides the dictionary; the first wins ties.
  var encodings: [ParquetEncoding]
  /// Values outside are refused (a decimal's precision, 32 bits).
  var limits: ClosedRange<Value>
  var isDouble = false
  var encode: (ParquetEncoding, UnsafePointer<Value>, Int, ByteBuffer) -> Void
  var take: (ColumnValues, Range<Int>, UnsafePointer<Bool>?, Buffer<Value>) -> Bool
  var wrap: (Value) -> ParquetValue
}

/// A column of fixed-width values. Called through a protocol, so the loops ask for their specializations by name.
final class FixedLane<Value: FixedWidthInteger & BitwiseCopyable>: ValueLane {
  private let traits: FixedLaneTraits<Value>
  private let options: ParquetWriterOptions
  private let trial: EncodingTrial
  private let page = Buffer<Value>(capacity: 1024)
  private let codes = Buffer<Int32>(capacity: 1024)
  private let dictionary = ValueDictionary<Value>()
  private var mode = EncodingMode.undecided
  private var usedDictionary = false
  private var dictionaryPages = 0
  /// Entries before the current page, and bytes on disk of one.
  private var knownEntries = 0
  private var entrySize = 0.0

  init(_ traits: FixedLaneTraits<Value>, options: ParquetWriterOptions, trial: EncodingTrial) {
    self.traits = traits
    self.options = options
    self.trial = trial
  }

  var isPageFull: Bool { page.count * traits.width >= options.pageBytes }

  func append(_ values: ColumnValues, rows: Range<Int>, validity: UnsafePointer<Bool>?) throws -> Int {
    let room = max(1, options.pageBytes / traits.width - page.count)
    let taken = rows.lowerBound..<min(rows.upperBound, rows.lowerBound + room)
    guard traits.take(values, taken, validity, page) else {
      throw ParquetError(.value, "Column '\(traits.name)' holds values of another lane than its type; fix the batch")
    }
    return taken.count
  }

  func beginChunk() {
    mode = .undecided
    usedDictionary = false
    dictionaryPages = 0
    knownEntries = 0
    dictionary.removeAll()
  }

  func encodePage(into out: ByteBuffer) throws -> EncodedPage {
    defer { page.count = 0 }
    var result = EncodedPage(encoding: .plain)
    if traits.isDouble { doubleBounds(&result) } else { try integerBounds(&result) }
    // A page of nulls alone tells nothing: it leaves the choice open.
    if mode == .undecided, page.count > 0 { mode = try choose() }
    switch mode {
    case .undecided: break
    case .direct(let encoding):
      traits.encode(encoding, page.base, page.count, out)
      result.encoding = encoding
    case .dictionary(let fallback):
      encodeCodes(into: out)
      usedDictionary = true
      result.encoding = .rleDictionary
      if try !keepsDictionary(over: fallback) { mode = .direct(fallback) }
    }
    return result
  }

  func encodeDictionary(into out: ByteBuffer) -> Int? {
    guard usedDictionary else { return nil }
    traits.encode(.plain, dictionary.values.base, dictionary.values.count, out)
    return dictionary.values.count
  }

  /// After a page by dictionary: whether the next shall be one too. Sometimes compares this page's cost with the fallback's.
  private func keepsDictionary(over fallback: ParquetEncoding) throws -> Bool {
    let entries = dictionary.values.count
    defer { knownEntries = entries }
    guard entries * traits.width <= options.dictionaryBytes else { return false }
    dictionaryPages += 1
    guard EncodingTrial.isReview(page: dictionaryPages) else { return true }
    let codesSize = try trial.size { encodeCodes(into: $0) }
    let direct = try trial.size { traits.encode(fallback, page.base, page.count, $0) }
    return codesSize + Int(entrySize * Double(entries - knownEntries)) <= direct
  }

  @specialized(where Value == Int64)
  @specialized(where Value == Int128)
  private func encodeCodes(into out: ByteBuffer) {
    codes.count = 0
    codes.reserve(page.count)
    let (dictionary, values, target) = (dictionary, page.base, codes.base)
    for i in 0..<page.count { target[i] = dictionary.code(of: values[i]) }
    codes.count = page.count
    let width = BitPacking.width(ofCodes: dictionary.values.count)
    out.append(UInt8(width))
    HybridEncoding.encode(codes.base, count: codes.count, width: width, into: out)
  }

  @specialized(where Value == Int64)
  @specialized(where Value == Int128)
  private func integerBounds(_ result: inout EncodedPage) throws {
    guard page.count > 0 else { return }
    let values = page.base
    var least = values[0]
    var most = least
    for i in 1..<max(1, page.count) {
      least = min(least, values[i])
      most = max(most, values[i])
    }
    guard traits.limits.contains(least), traits.limits.contains(most) else {
      throw ParquetError(
        .value, "Column '\(traits.name)' holds a value outside the range of its type; fix the batch or widen the type")
    }
    result.bounds = Bounds(lower: traits.wrap(least), upper: traits.wrap(most))
  }

  @specialized(where Value == Int64)
  @specialized(where Value == Int128)
  private func doubleBounds(_ result: inout EncodedPage) {
    var least = Double.infinity
    var most = -Double.infinity
    for i in 0..<page.count {
      let value = Double(bitPattern: UInt64(truncatingIfNeeded: page.base[i]))
      if value.isNaN { result.nanCount += 1 }
      if value < least { least = value }
      if value > most { most = value }
    }
    guard result.nanCount < page.count else { return }
    // The sign of a zero is not kept by comparison; the wider choice is right for both (parquet.thrift, ColumnOrder).
    result.bounds = Bounds(lower: .double(least == 0 ? -0.0 : least), upper: .double(most == 0 ? 0.0 : most))
  }

  @specialized(where Value == Int64)
  @specialized(where Value == Int128)
  private func learn(_ range: Range<Int>) {
    let (dictionary, values) = (dictionary, page.base)
    for i in range { _ = dictionary.code(of: values[i]) }
  }

  /// Tries each candidate on the first page.
  private func choose() throws -> EncodingMode {
    let count = page.count
    var best = (encoding: ParquetEncoding.plain, size: Int.max)
    for encoding in traits.encodings {
      let size = try trial.size { traits.encode(encoding, page.base, count, $0) }
      if EncodingTrial.isClearlySmaller(size, than: best.size) { best = (encoding, size) }
    }
    learn(0..<count / 2)
    let early = dictionary.values.count
    learn(count / 2..<count)
    let entries = dictionary.values.count
    let codesSize = try trial.size { encodeCodes(into: $0) }
    let entriesSize = try trial.size { traits.encode(.plain, dictionary.values.base, entries, $0) }
    let cost = EncodingTrial.dictionaryCost(
      codesSize: codesSize, entriesSize: entriesSize, entries: entries, early: early,
      isOnlyPage: count < options.pageRows && !isPageFull)
    if entries * traits.width <= options.dictionaryBytes, EncodingTrial.isClearlySmaller(cost, than: best.size) {
      entrySize = Double(entriesSize) / Double(entries)
      return .dictionary(fallback: best.encoding)
    }
    dictionary.removeAll()
    return .direct(best.encoding)
  }
}
