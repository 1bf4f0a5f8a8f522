import NIOCore
import TestSupport
import Testing

@testable import EmbeddedKafka

@Suite struct FrameAssemblerTests {
  @Test func `frames are the same however the stream is cut`() throws {
    var generator = SeededGenerator.forTest("frame cuts")
    let frames = (0..<50).map { index in
      (0..<Int.random(in: 0...300, using: &generator)).map { _ in UInt8(truncatingIfNeeded: index) }
    }
    var stream = ByteBuffer()
    for frame in frames {
      stream.writeInteger(Int32(frame.count))
      stream.writeBytes(frame)
    }
    for round in 0..<60 {
      var assembler = FrameAssembler(limit: 1000)
      var rest = stream
      var found: [[UInt8]] = []
      while rest.readableBytes > 0 {
        let longest = round == 0 ? 1 : round == 1 ? rest.readableBytes : 500
        let cut = rest.readSlice(length: Int.random(in: 1...min(longest, rest.readableBytes), using: &generator))!
        try assembler.feed(cut) { found.append(Array($0.readableBytesView)) }
      }
      #expect(found == frames)
    }
  }

  @Test func `lengths beyond the limit and negative ones are refused`() {
    var assembler = FrameAssembler(limit: 100)
    #expect(throws: FrameAssembler.BadFrame(length: 101)) { try assembler.feed(ByteBuffer(integer: Int32(101))) { _ in } }
    var other = FrameAssembler(limit: 100)
    #expect(throws: FrameAssembler.BadFrame(length: -1)) { try other.feed(ByteBuffer(integer: Int32(-1))) { _ in } }
  }
}
