import Columns

/// Writes one column: collects rows into pages, pages into the chunk of the current row group, and keeps the totals of the file.
final class ColumnChunkWriter {
  /// A finished page of the current chunk.
  struct Page {
    /// From the start of the chunk's data pages.
    var offset: Int
    /// With its header.
    var size: Int
    var firstRow: Int
    var rows: Int
    var nulls: Int
    var bounds: Bounds?
  }

  let column: ParquetColumn
  let layout: PhysicalLayout
  private let lane: any ValueLane
  private let options: ParquetWriterOptions
  private let compressor: ZstdCompressor?
  private let levels: LevelBuffer
  private let chunk = ByteBuffer(capacity: 1 << 16)
  private let body = ByteBuffer(capacity: 1 << 16)
  private let packed = ByteBuffer(capacity: 1 << 16)
  private var pages: [Page] = []
  private var chunkRows = 0
  private var uncompressedSize = 0
  private var chunkNaNs = 0
  private var encodings: Set<Int32> = []
  private(set) var total: ParquetFileSummary.Column
  private var totalBounds: Bounds?

  init(_ column: ParquetColumn, options: ParquetWriterOptions, compressor: ZstdCompressor?, trial: EncodingTrial) {
    self.column = column
    self.options = options
    self.compressor = compressor
    layout = PhysicalLayout(writing: column.type)
    lane = Self.lane(column, layout, options, trial)
    levels = LevelBuffer()
    total = ParquetFileSummary.Column(
      name: column.name, fieldID: column.fieldID, compressedSize: 0, valueCount: 0, nullCount: 0, nanCount: 0)
  }

  private static func lane(
    _ column: ParquetColumn, _ layout: PhysicalLayout, _ options: ParquetWriterOptions, _ trial: EncodingTrial
  ) -> any ValueLane {
    switch column.type {
    case .boolean: BooleanLane(name: column.name)
    case .double: FixedLane(.doubles(column), options: options, trial: trial)
    case .string, .bytes: BytesLane(name: column.name, options: options, trial: trial)
    case .decimal(let precision, _) where layout.type == .fixedLenByteArray:
      FixedLane(.decimals(column, layout, precision: precision), options: options, trial: trial)
    case .int32, .int64, .timestampMicros, .date, .decimal:
      FixedLane(.integers(column, layout), options: options, trial: trial)
    }
  }

  /// Bytes of finished pages that wait for the end of the row group.
  var bufferedBytes: Int { chunk.count }

  /// Takes `rows` of a column of a batch.
  func append(_ source: Column, rows: Range<Int>) throws {
    guard let validity = source.validity else { return try append(source.values, rows, nil) }
    try validity.withUnsafeBufferPointer { try append(source.values, rows, $0.baseAddress) }
  }

  private func append(_ values: ColumnValues, _ rows: Range<Int>, _ validity: UnsafePointer<Bool>?) throws {
    var row = rows.lowerBound
    while row < rows.upperBound {
      let limit = min(rows.upperBound, row + options.pageRows - levels.rows)
      let taken = try lane.append(values, rows: row..<limit, validity: validity)
      levels.append(validity.map { $0 + row }, count: taken)
      if column.isRequired, levels.nulls > 0 {
        throw ParquetError(.value, "Column '\(column.name)' is required and holds a null; fix the batch or make it optional")
      }
      row += taken
      if levels.rows >= options.pageRows || lane.isPageFull { try flushPage() }
    }
  }
}

// MARK: - Pages

extension ColumnChunkWriter {
  private func flushPage() throws {
    guard levels.rows > 0 else { return }
    body.count = 0
    let isV2 = options.pageVersion == .v2
    if !column.isRequired { levels.encode(into: body, prefixed: !isV2) }
    let levelSize = body.count
    let encoded = try lane.encodePage(into: body)
    let start = chunk.count
    try appendPage(encoded.encoding, uncompressedPrefix: isV2 ? levelSize : 0)
    encodings.insert(encoded.encoding.rawValue)
    pages.append(
      Page(
        offset: start, size: chunk.count - start, firstRow: chunkRows, rows: levels.rows, nulls: levels.nulls,
        bounds: encoded.bounds))
    chunkRows += levels.rows
    chunkNaNs += encoded.nanCount
    levels.removeAll()
  }

  /// Compresses `body` and appends it to the chunk with its header.
  private func appendPage(_ encoding: ParquetEncoding, uncompressedPrefix: Int) throws {
    let values = UnsafeRawBufferPointer(rebasing: body.bytes[uncompressedPrefix...])
    var payload = values
    if let compressor {
      packed.count = 0
      try compressor.compress(values, into: packed)
      payload = packed.bytes
    }
    var isCompressed = compressor != nil
    if options.pageVersion == .v2, isCompressed, payload.count >= values.count {
      payload = values
      isCompressed = false
    }
    let size = uncompressedPrefix + payload.count
    let kind: PageHeader.Kind
    switch options.pageVersion {
    case .v1: kind = .data(valueCount: Int32(levels.rows), encoding: encoding.rawValue)
    case .v2:
      kind = .dataV2(
        valueCount: Int32(levels.rows), nullCount: Int32(levels.nulls), rowCount: Int32(levels.rows), encoding: encoding.rawValue,
        levels: PageHeader.LevelSizes(definition: Int32(uncompressedPrefix), repetition: 0), isCompressed: isCompressed)
    }
    let header = PageHeader(kind: kind, uncompressedSize: try pageSize(body.count), compressedSize: try pageSize(size))
    let start = chunk.count
    header.encode(into: chunk)
    uncompressedSize += chunk.count - start + body.count
    chunk.append(UnsafeRawBufferPointer(rebasing: body.bytes[..<uncompressedPrefix]))
    chunk.append(payload)
  }

  private func pageSize(_ size: Int) throws -> Int32 {
    guard let size = Int32(exactly: size) else {
      throw ParquetError(.value, "Column '\(column.name)' holds a value of more than 2 GB; leave it out")
    }
    return size
  }
}

// MARK: - Chunks

extension ColumnChunkWriter {
  /// Writes the chunk at `offset` of the file and starts the next; returns its metadata and its pages (offsets within the file).
  func finishChunk(at offset: Int64, into sink: any ByteSink) throws -> (ColumnChunkMetadata, [Page]) {
    try flushPage()
    var result = ColumnChunkMetadata()
    let dictionarySize = try writeDictionary(into: sink)
    if dictionarySize > 0 {
      result.dictionaryPageOffset = offset
      encodings.insert(ParquetEncoding.plain.rawValue)
    }
    try sink.write(chunk.bytes)
    encodings.insert(ParquetEncoding.rle.rawValue)
    result.type = layout.type
    result.encodings = encodings.sorted()
    result.path = [column.name]
    result.codec = (compressor == nil ? ParquetCodec.uncompressed : .zstd).rawValue
    result.valueCount = Int64(chunkRows)
    result.uncompressedSize = Int64(uncompressedSize)
    result.compressedSize = Int64(dictionarySize + chunk.count)
    result.dataPageOffset = offset + Int64(dictionarySize)
    let bounds = pages.reduce(nil) { Bounds.merged($0, $1.bounds) }
    let nulls = pages.reduce(0) { $0 + $1.nulls }
    result.statistics = statistics(bounds, nulls: nulls)
    addToTotal(result, bounds, nulls)
    let located = pages.map { page in
      var page = page
      page.offset += Int(offset) + dictionarySize
      return page
    }
    reset()
    return (result, located)
  }

  private func writeDictionary(into sink: any ByteSink) throws -> Int {
    body.count = 0
    guard let entries = lane.encodeDictionary(into: body) else { return 0 }
    packed.count = 0
    if let compressor { try compressor.compress(body.bytes, into: packed) } else { packed.append(body.bytes) }
    let header = PageHeader(
      kind: .dictionary(valueCount: Int32(entries), encoding: ParquetEncoding.plain.rawValue),
      uncompressedSize: try pageSize(body.count), compressedSize: try pageSize(packed.count))
    let head = ByteBuffer(capacity: 64)
    header.encode(into: head)
    uncompressedSize += head.count + body.count
    try sink.write(head.bytes)
    try sink.write(packed.bytes)
    return head.count + packed.count
  }

  private func statistics(_ bounds: Bounds?, nulls: Int) -> Statistics {
    var result = Statistics()
    result.nullCount = Int64(nulls)
    guard let bounds else { return result }
    let lower = BoundTruncation.lower(bounds.lower.statisticBytes(layout), limit: options.statisticsBytes, isText: isText)
    result.min = lower.bytes
    result.isMinExact = lower.isExact
    if let upper = BoundTruncation.upper(bounds.upper.statisticBytes(layout), limit: options.statisticsBytes, isText: isText) {
      result.max = upper.bytes
      result.isMaxExact = upper.isExact
    }
    return result
  }

  private var isText: Bool { column.type == .string }

  private func addToTotal(_ chunk: ColumnChunkMetadata, _ bounds: Bounds?, _ nulls: Int) {
    total.compressedSize += chunk.compressedSize
    total.valueCount += chunk.valueCount
    total.nullCount += Int64(nulls)
    total.nanCount += Int64(chunkNaNs)
    totalBounds = Bounds.merged(totalBounds, bounds)
    total.lower = totalBounds?.lower
    total.upper = totalBounds?.upper
  }

  private func reset() {
    pages.removeAll(keepingCapacity: true)
    chunk.count = 0
    chunkRows = 0
    chunkNaNs = 0
    uncompressedSize = 0
    encodings.removeAll()
    lane.beginChunk()
  }
}
