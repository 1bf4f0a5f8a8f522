/// Walks over uncompressed records without copying them.
enum RecordWalk {
  /// A record as ranges of the block it lies in; valid during the call it is passed to.
  struct RawRecord {
    let block: UnsafeRawBufferPointer
    /// Where its length stands.
    let start: Int
    let timestampDelta: Int64
    let offsetDelta: Int64
    /// Nil range where the field is null.
    let key: Range<Int>?
    let value: Range<Int>?
    /// Where the header count stands.
    let headersStart: Int
    let end: Int
  }

  /// Calls `body` for each of `count` records and checks that they fill the block exactly and are numbered 0, 1, 2….
  ///
  /// A compacted batch has holes, so `requireDense` is for produced ones.
  @inline(__always)
  static func walk(
    _ block: UnsafeRawBufferPointer, count: Int, requireDense: Bool = false, _ body: (RawRecord) -> Void
  ) throws(BatchError) {
    var position = 0
    for index in 0..<count {
      let start = position
      guard let length = Varint.read(block, &position), length >= 6, length <= Int64(block.count - position) else {
        throw .invalid("record \(index) of \(count) has an impossible length")
      }
      let end = position + Int(length)
      guard let record = parse(block, start, position, end) else { throw .invalid("record \(index) of \(count) is malformed") }
      guard !requireDense || record.offsetDelta == Int64(index) else {
        throw .invalid("record \(index) has offset delta \(record.offsetDelta)")
      }
      body(record)
      position = end
    }
    guard position == block.count else { throw .invalid("bytes follow the last of \(count) records") }
  }

  private static func parse(_ whole: UnsafeRawBufferPointer, _ start: Int, _ body: Int, _ end: Int) -> RawRecord? {
    let bytes = UnsafeRawBufferPointer(rebasing: whole[..<end])
    var position = body + 1
    guard let timestampDelta = Varint.read(bytes, &position), let offsetDelta = Varint.read(bytes, &position),
      let key = field(bytes, &position), let value = field(bytes, &position)
    else { return nil }
    let headersStart = position
    guard let headers = Varint.read(bytes, &position), headers >= 0 else { return nil }
    var rest = headers
    while rest > 0 {
      guard let name = field(bytes, &position), name.range != nil, field(bytes, &position) != nil else { return nil }
      rest -= 1
    }
    guard position == end else { return nil }
    return RawRecord(
      block: bytes, start: start, timestampDelta: timestampDelta, offsetDelta: offsetDelta, key: key.range, value: value.range,
      headersStart: headersStart, end: end)
  }

  /// A nullable field: present in the bytes, but perhaps null.
  struct Field { let range: Range<Int>? }

  @inline(__always)
  static func field(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Field? {
    guard let length = Varint.read(bytes, &position) else { return nil }
    if length == -1 { return Field(range: nil) }
    guard length >= 0, length <= Int64(bytes.count - position) else { return nil }
    defer { position += Int(length) }
    return Field(range: position..<(position + Int(length)))
  }
}

extension RecordWalk.RawRecord {
  /// The record by value, with offset and timestamp made absolute.
  func copied(_ header: BatchHeader) -> Record {
    Record(
      offset: header.baseOffset &+ offsetDelta, timestampMs: header.baseTimestamp &+ timestampDelta,
      key: key.map { Array(block[$0]) }, value: value.map { Array(block[$0]) }, headers: copiedHeaders())
  }

  private func copiedHeaders() -> [Record.Header] {
    var position = headersStart
    guard let count = Varint.read(block, &position), count > 0 else { return [] }
    var result: [Record.Header] = []
    for _ in 0..<count {
      guard let name = RecordWalk.field(block, &position)?.range, let value = RecordWalk.field(block, &position) else { break }
      result.append(Record.Header(name: Array(block[name]), value: value.range.map { Array(block[$0]) }))
    }
    return result
  }
}
