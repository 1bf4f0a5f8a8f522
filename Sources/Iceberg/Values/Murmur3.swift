/// MurmurHash3 x86 32-bit with seed 0 (Austin Appleby, public domain algorithm), the hash of Iceberg's bucket transform.
enum Murmur3 {
  static func hash(_ bytes: [UInt8]) -> Int32 {
    var h: UInt32 = 0
    let blocks = bytes.count / 4
    for block in 0..<blocks {
      let i = block * 4
      let k = UInt32(bytes[i]) | UInt32(bytes[i + 1]) << 8 | UInt32(bytes[i + 2]) << 16 | UInt32(bytes[i + 3]) << 24
      h ^= scramble(k)
      h = rotate(h, 13) &* 5 &+ 0xe654_6b64
    }
    var tail: UInt32 = 0
    for i in (blocks * 4..<bytes.count).reversed() { tail = tail << 8 | UInt32(bytes[i]) }
    h ^= scramble(tail)
    h ^= UInt32(truncatingIfNeeded: bytes.count)
    h = (h ^ h >> 16) &* 0x85eb_ca6b
    h = (h ^ h >> 13) &* 0xc2b2_ae35
    return Int32(bitPattern: h ^ h >> 16)
  }

  private static func scramble(_ k: UInt32) -> UInt32 { rotate(k &* 0xcc9e_2d51, 15) &* 0x1b87_3593 }

  private static func rotate(_ x: UInt32, _ bits: UInt32) -> UInt32 { x << bits | x >> (32 - bits) }
}
