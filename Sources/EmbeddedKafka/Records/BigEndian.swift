extension UnsafeRawBufferPointer {
  /// The big-endian integer at a byte offset, of any alignment. The caller has checked that it lies inside.
  @inline(__always)
  func bigEndian<T: FixedWidthInteger>(_ offset: Int, as type: T.Type = T.self) -> T {
    T(bigEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Stores an integer big-endian at a byte offset, of any alignment. The caller has checked that it lies inside.
  @inline(__always)
  func storeBigEndian<T: FixedWidthInteger>(_ value: T, at offset: Int) {
    storeBytes(of: value.bigEndian, toByteOffset: offset, as: T.self)
  }
}

extension Array where Element == UInt8 {
  /// Appends an integer big-endian.
  @inline(__always)
  mutating func appendBigEndian<T: FixedWidthInteger>(_ value: T) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}
