import TestSupport
import Testing

@testable import EmbeddedKafka

@Suite struct BatchValidatorTests {
  private func code(_ batch: [UInt8], _ rules: BatchValidator.Rules = .init(maxMessageBytes: 10_000)) -> Int16 {
    batch.withUnsafeBytes { raw in
      do throws(BatchError) {
        _ = try BatchValidator.validateProduced(raw, rules)
        return 0
      } catch {
        return error.kafkaErrorCode
      }
    }
  }

  /// A good batch with bytes changed and the checksum made to fit again.
  private func changed(_ batch: [UInt8], _ change: (UnsafeMutableRawBufferPointer) -> Void) -> [UInt8] {
    var copy = batch
    copy.withUnsafeMutableBytes { raw in
      change(raw)
      raw.storeBigEndian(CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[21...])), at: 17)
    }
    return copy
  }

  private let good = batch(3, pid: 4, epoch: 1, sequence: 0)

  @Test func `a good batch passes, with a fixed layout`() throws {
    #expect(code(good) == 0)
    #expect(code(batch(2)) == 0)
    var builder = RecordBatchBuilder(producerID: 0x0102, producerEpoch: 3, baseSequence: 4, isTransactional: true)
    builder.append(key: [0x6b], value: [0x76], timestampMs: 0x11)
    let expected: [UInt8] =
      [0, 0, 0, 0, 0, 0, 0, 0] + [0, 0, 0, 58] + [0xff, 0xff, 0xff, 0xff] + [2]
      + [0, 0, 0, 0] + [0, 0x10] + [0, 0, 0, 0] + [0, 0, 0, 0, 0, 0, 0, 0x11] + [0, 0, 0, 0, 0, 0, 0, 0x11]
      + [0, 0, 0, 0, 0, 0, 1, 2] + [0, 3] + [0, 0, 0, 4] + [0, 0, 0, 1] + [16, 0, 0, 0, 2, 0x6b, 2, 0x76, 0]
    var bytes = builder.finish()
    bytes.replaceSubrange(17..<21, with: [0, 0, 0, 0])
    #expect(bytes == expected)
  }

  @Test func `every flipped bit of the summed part is found`() {
    for index in 17..<good.count {
      for bit in 0..<8 {
        var damaged = good
        damaged[index] ^= 1 << bit
        #expect(code(damaged) == 2)
      }
    }
  }

  @Test func `lengths that do not fit are refused`() {
    for end in 0..<good.count { #expect(code(Array(good[..<end])) == 2) }
    #expect(code(good + good) == 87)
    #expect(code(good + [0]) == 87)
    #expect(code(good, .init(maxMessageBytes: good.count)) == 0)
    #expect(code(good, .init(maxMessageBytes: good.count - 1)) == 10)
  }

  @Test func `fields against the rules are refused`() {
    #expect(code(changed(good) { $0[16] = 1 }) == 43)
    #expect(code(changed(good) { $0[22] |= 0x20 }) == 87)
    #expect(code(changed(good) { $0[22] |= 0x07 }) == 76)
    #expect(code(changed(good) { $0.storeBigEndian(Int32(0), at: 57) }) == 87)
    #expect(code(changed(good) { $0.storeBigEndian(Int32(2), at: 57) }) == 87)
    #expect(code(changed(good) { $0.storeBigEndian(Int32(-1), at: 57) }) == 2)
    #expect(code(changed(good) { $0.storeBigEndian(Int32(-1), at: 53) }) == 87)
    #expect(code(changed(good) { $0.storeBigEndian(Int16(-1), at: 51) }) == 87)
    #expect(code(changed(batch(1)) { $0[22] |= 0x10 }) == 87)
    #expect(code(changed(good) { $0.storeBigEndian(Int64(-2), at: 27) }) == 32)
    #expect(code(changed(good) { $0.storeBigEndian(Int64(5), at: 35) }) == 32)
    #expect(code(changed(good) { $0[22] |= 0x08 }) == 32)
  }

  @Test func `records that do not fill the batch, or are misnumbered, are refused`() {
    #expect(code(changed(good) { $0[61] += 2 }) == 87)
    #expect(code(changed(good) { $0[61] -= 2 }) == 87)
    #expect(
      code(
        changed(good) { raw in
          raw.storeBigEndian(Int32(4), at: 57)
          raw.storeBigEndian(Int32(3), at: 23)
        }) == 87)
    #expect(code(changed(good) { $0[64] = 2 }) == 87)
  }

  @Test func `a compacted topic wants keys, compressed or not`() {
    var builder = RecordBatchBuilder()
    builder.append(key: nil, value: [1], timestampMs: 0)
    let stored = builder.recordsBlock
    let snappy = builder.finish(
      recordsBlock: [UInt8(stored.count), UInt8((stored.count - 1) << 2)] + stored, codec: .snappy)
    for batch in [builder.finish(), snappy] {
      #expect(code(batch) == 0)
      #expect(code(batch, .init(maxMessageBytes: 1000, requireKeys: true)) == 87)
    }
  }

  @Test func `timestamps beyond the accepted distance are refused`() {
    var rules = BatchValidator.Rules(maxMessageBytes: 1000, nowMs: 10_000)
    rules.timestampBeforeMaxMs = 100
    rules.timestampAfterMaxMs = 50
    #expect(code(batch(1, timestamp: 9_900), rules) == 0)
    #expect(code(batch(1, timestamp: 9_899), rules) == 32)
    #expect(code(batch(1, timestamp: 10_050), rules) == 0)
    #expect(code(batch(1, timestamp: 10_051), rules) == 32)
  }

  @Test func `arbitrary bytes with a fitting checksum never trap`() {
    var generator = SeededGenerator.forTest("arbitrary batches")
    for _ in 0..<5000 {
      var bytes = batch(Int.random(in: 1...5, using: &generator), pid: 1, epoch: 0, sequence: 0)
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        bytes[Int.random(in: 8..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      _ = code(changed(bytes) { _ in }, .init(maxMessageBytes: 10_000, requireKeys: true))
    }
  }

  @Test func `markers read back as written`() throws {
    for commit in [true, false] {
      let bytes = ControlBatch.encode(commit: commit, producerID: 7, producerEpoch: 2, coordinatorEpoch: 9, timestampMs: 1)
      #expect(bytes.count == 78)
      let marker = try bytes.withUnsafeBytes { raw in try ControlBatch.parse(raw) }
      #expect(marker == ControlBatch.Marker(commit: commit, coordinatorEpoch: 9))
      #expect(code(bytes) == 87)
    }
  }
}
