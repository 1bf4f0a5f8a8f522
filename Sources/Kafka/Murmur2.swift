/// The hash by which Java's default partitioner spreads keys: MurmurHash2, 32 bits, seed 0x9747b28c.
public enum Murmur2 {
  /// The partition of a key among `count` (at least 1), as Java's `DefaultPartitioner` and `murmur2_random` choose it.
  public static func partition(of key: UnsafeRawBufferPointer, among count: Int) -> Int32 {
    Int32((hash(key) & 0x7fff_ffff) % UInt32(max(1, count)))
  }

  /// The hash itself; Java shows it as a signed number.
  public static func hash(_ data: UnsafeRawBufferPointer) -> UInt32 {
    let m: UInt32 = 0x5bd1_e995
    var h = 0x9747_b28c ^ UInt32(truncatingIfNeeded: data.count)
    let blocks = data.count / 4
    for block in 0..<blocks {
      var k = UInt32(littleEndian: data.loadUnaligned(fromByteOffset: block * 4, as: UInt32.self)) &* m
      k ^= k >> 24
      h = (h &* m) ^ (k &* m)
    }
    let tail = blocks * 4
    let left = data.count - tail
    if left >= 3 { h ^= UInt32(data[tail + 2]) << 16 }
    if left >= 2 { h ^= UInt32(data[tail + 1]) << 8 }
    if left >= 1 { h = (h ^ UInt32(data[tail])) &* m }
    h ^= h >> 13
    h = h &* m
    return h ^ (h >> 15)
  }
}
