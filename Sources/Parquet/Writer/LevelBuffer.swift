/// Definition levels of the page of a flat optional column: 1 where a row has a value, 0 where it is null.
///
/// Levels are stored only once a null has come; most pages have none and encode as one run.
final class LevelBuffer {
  private let levels = ByteBuffer(capacity: 1024)
  private(set) var rows = 0
  private(set) var nulls = 0

  /// Adds `count` rows; nil means that all have values.
  func append(_ validity: UnsafePointer<Bool>?, count: Int) {
    defer { rows += count }
    guard let validity else {
      if nulls > 0 { levels.append(repeating: 1, count: count) }
      return
    }
    var valid = 0
    for i in 0..<count { valid += validity[i] ? 1 : 0 }
    if valid == count, nulls == 0 { return }
    if nulls == 0 { levels.append(repeating: 1, count: rows) }
    nulls += count - valid
    levels.reserve(count)
    for i in 0..<count { levels.base[levels.count + i] = validity[i] ? 1 : 0 }
    levels.count += count
  }

  /// Appends the levels as RLE / bit-packed hybrid of width 1, with the 4-byte length of V1 pages if `prefixed`.
  func encode(into out: ByteBuffer, prefixed: Bool) {
    let start = out.count
    if prefixed { out.appendLittleEndian(UInt32(0)) }
    if nulls == 0 {
      HybridEncoding.run(1, count: rows, width: 1, into: out)
    } else {
      HybridEncoding.encode(levels.base, count: rows, width: 1, into: out)
    }
    guard prefixed else { return }
    let length = UInt32(out.count - start - 4)
    UnsafeMutableRawPointer(out.base + start).storeBytes(of: length.littleEndian, as: UInt32.self)
  }

  func removeAll() {
    levels.count = 0
    rows = 0
    nulls = 0
  }
}
