import TestSupport
import Testing

@testable import EmbeddedKafka

@Suite struct DecompressionTests {
  private func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.utf8.filter { $0 != 0x0a }.map { $0 < 0x3a ? $0 - 0x30 : $0 - 0x57 }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  private func decompress(_ block: [UInt8], _ codec: CompressionCodec) throws(BatchError) -> [UInt8] {
    var result: [UInt8] = []
    var failure: BatchError?
    block.withUnsafeBytes { raw in
      do throws(BatchError) { result = try Decompression.decompress(raw, codec) } catch { failure = error }
    }
    if let failure { throw failure }
    return result
  }

  @Test(arguments: CompressionVector.all)
  func `blocks of the reference implementations are read`(vector: CompressionVector) throws {
    #expect(try decompress(bytes(vector.hex), vector.codec) == vector.expected)
  }

  @Test(arguments: CompressionVector.all)
  func `a block cut off anywhere is refused or gives a beginning, and never traps`(vector: CompressionVector) {
    let whole = bytes(vector.hex)
    for end in 0..<whole.count {
      guard let part = try? decompress(Array(whole[..<end]), vector.codec) else { continue }
      #expect(vector.expected.starts(with: part))
    }
  }

  @Test func `damaged blocks never trap and never grow without bound`() {
    var generator = SeededGenerator.forTest("damaged compressed blocks")
    for vector in CompressionVector.all where vector.hex.utf8.count < 2000 {
      let whole = bytes(vector.hex)
      for _ in 0..<300 {
        var damaged = whole
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          damaged[Int.random(in: 0..<damaged.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
        }
        if let result = try? decompress(damaged, vector.codec) { #expect(result.count <= Decompression.limit) }
      }
    }
  }

  @Test func `a batch of each codec gives its records`() throws {
    var builder = RecordBatchBuilder(producerID: 5, producerEpoch: 1, baseSequence: 10)
    builder.append(key: nil, value: Array("a".utf8), timestampMs: 1000, headers: [("h", nil), ("i", [1])])
    builder.append(key: [1], value: nil, timestampMs: 900)
    let batch = builder.finish()
    let records = try RecordReader.read(batch)
    #expect(records.map(\.offset) == [0, 1])
    #expect(records.map(\.timestampMs) == [1000, 900])
    #expect(records.map(\.key) == [nil, [1]])
    #expect(records.map(\.value) == [[0x61], nil])
    #expect(records[0].headers == [Record.Header(name: [0x68], value: nil), Record.Header(name: [0x69], value: [1])])
    let stored = builder.recordsBlock
    // A snappy block of one literal, and an LZ4 frame of one stored block.
    let snappy = [UInt8(stored.count), UInt8((stored.count - 1) << 2)] + stored
    #expect(try RecordReader.read(builder.finish(recordsBlock: snappy, codec: .snappy)) == records)
    let lz4 = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, UInt8(stored.count), 0, 0, 0x80] + stored + [0, 0, 0, 0]
    #expect(try RecordReader.read(builder.finish(recordsBlock: lz4, codec: .lz4)) == records)
  }
}
