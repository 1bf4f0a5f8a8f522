import Testing

@testable import EmbeddedKafka

@Suite struct CRC32CTests {
  @Test func `published vectors`() {
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xe306_9283)
    #expect(CRC32C.checksum([]) == 0)
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(CRC32C.checksum([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(CRC32C.checksum((0..<32).map { UInt8($0) }) == 0x46dd_794e)
  }

  @Test func `every length and alignment gives what one byte at a time gives`() {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ 7) }
    for start in 0..<9 {
      for end in stride(from: start, through: bytes.count, by: 7) {
        var register = ~UInt32(0)
        for byte in bytes[start..<end] {
          register ^= UInt32(byte)
          for _ in 0..<8 { register = register & 1 == 1 ? (register >> 1) ^ 0x82f6_3b78 : register >> 1 }
        }
        let sum = bytes.withUnsafeBytes { CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
        #expect(sum == ~register)
      }
    }
  }
}
