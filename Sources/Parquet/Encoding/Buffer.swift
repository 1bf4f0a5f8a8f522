/// Growable memory of plain values, reused from page to page. Not copied on write and not zeroed: the hot loops of the
/// writer work on its pointer. Owned by one thread at a time.
final class Buffer<Element: BitwiseCopyable> {
  private(set) var base: UnsafeMutablePointer<Element>
  private(set) var capacity: Int
  var count = 0

  init(capacity: Int = 256) {
    self.capacity = capacity
    base = .allocate(capacity: capacity)
  }

  deinit { base.deallocate() }

  /// Makes room for `extra` more elements; the pointer is stable until the next call.
  @inline(__always)
  func reserve(_ extra: Int) {
    if capacity - count < extra { grow(extra) }
  }

  @inline(__always)
  func append(_ element: Element) {
    reserve(1)
    base[count] = element
    count += 1
  }

  func append(_ elements: UnsafeBufferPointer<Element>) {
    guard let source = elements.baseAddress, !elements.isEmpty else { return }
    reserve(elements.count)
    (base + count).update(from: source, count: elements.count)
    count += elements.count
  }

  func append(repeating element: Element, count extra: Int) {
    reserve(extra)
    (base + count).update(repeating: element, count: extra)
    count += extra
  }

  /// The elements; valid until the buffer changes.
  var elements: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: base, count: count) }

  /// The elements as bytes; valid until the buffer changes.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(elements) }

  @inline(never)
  private func grow(_ extra: Int) {
    let wanted = max(capacity * 2, count + extra)
    let bigger = UnsafeMutablePointer<Element>.allocate(capacity: wanted)
    bigger.update(from: base, count: count)
    base.deallocate()
    base = bigger
    capacity = wanted
  }
}

typealias ByteBuffer = Buffer<UInt8>

extension Buffer where Element == UInt8 {
  func append(_ raw: UnsafeRawBufferPointer) {
    guard let source = raw.baseAddress, !raw.isEmpty else { return }
    reserve(raw.count)
    UnsafeMutableRawPointer(base + count).copyMemory(from: source, byteCount: raw.count)
    count += raw.count
  }

  func append(_ array: [UInt8]) { array.withUnsafeBytes { append($0) } }

  @inline(__always)
  func appendLittleEndian<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
    reserve(MemoryLayout<T>.size)
    UnsafeMutableRawPointer(base + count).storeBytes(of: value.littleEndian, as: T.self)
    count += MemoryLayout<T>.size
  }

  /// Unsigned LEB128.
  func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  /// LEB128 of the zigzag form, so that small negative numbers stay short.
  func appendZigZag(_ value: Int64) { appendVarint(UInt64(bitPattern: (value << 1) ^ (value >> 63))) }
}
