import NIOCore
import TestSupport
import Testing

@testable import EmbeddedKafka

@Suite struct WireCodecTests {
  @Test func `every advertised key has a message`() {
    #expect(Set(allRequests.map { $0.key }) == Set(ApiVersionRange.all.map(\.key)))
    #expect(Set(ApiKey.allCases) == Set(ApiVersionRange.all.map(\.key)))
  }

  @Test func `minima are 0 and maxima are those that old librdkafka needs`() {
    let ranges = Dictionary(uniqueKeysWithValues: ApiVersionRange.all.map { ($0.key, $0) })
    #expect(ApiVersionRange.all.allSatisfy { $0.min == 0 })
    #expect(ranges[.produce]!.max >= 7)
    #expect(ranges[.fetch]!.max >= 11 && ranges[.fetch]!.max <= 12)
    #expect(ranges[.listGroups]!.max <= 2)
    #expect(ranges[.endTxn]!.max < 5)
    #expect(ranges[.addPartitionsToTxn]!.max < 4)
  }

  @Test func `every message of every version decodes to what was encoded`() throws {
    var generator = SeededGenerator.forTest("codec round trip")
    for type in allRequests {
      for version in 0...ApiVersionRange.of(type.key)!.max { try roundTrip(type, version, &generator) }
    }
  }

  private func roundTrip<R: ApiRequest>(_ type: R.Type, _ version: Int16, _ generator: inout SeededGenerator) throws {
    for _ in 0..<20 {
      try roundTrip(R.self, R.self, version, &generator)
      try roundTrip(R.self, R.Response.self, version, &generator)
    }
  }

  private func roundTrip<R: ApiRequest, T: WireStruct>(
    _ api: R.Type, _ type: T.Type, _ version: Int16, _ generator: inout SeededGenerator
  ) throws {
    var filler = RandomCoder(version: version, flexible: false, generator: generator)
    var message = T()
    try message.code(&filler)
    generator = filler.generator
    let bytes = try R.encoded(message, version: version)
    let (decoded, rest) = try R.decoded(T.self, bytes, version: version)
    #expect(rest == 0, "\(T.self) version \(version) leaves bytes")
    #expect(try R.encoded(decoded, version: version) == bytes, "\(T.self) version \(version)")
  }

  @Test func `every cut of every message is an error or a message, never a trap`() throws {
    var generator = SeededGenerator.forTest("codec truncation")
    for type in allRequests {
      for version in 0...ApiVersionRange.of(type.key)!.max { try truncate(type, version, &generator) }
    }
  }

  private func truncate<R: ApiRequest>(_ type: R.Type, _ version: Int16, _ generator: inout SeededGenerator) throws {
    var filler = RandomCoder(version: version, flexible: false, generator: generator)
    var message = R()
    try message.code(&filler)
    generator = filler.generator
    let bytes = try R.encoded(message, version: version)
    for length in stride(from: 0, to: bytes.readableBytes, by: max(1, bytes.readableBytes / 200)) {
      let cut = bytes.getSlice(at: 0, length: length)!
      #expect(throws: WireError.self) { _ = try R.decode(cut, version: version) }
    }
  }

  @Test func `random bytes never trap the decoder`() throws {
    var generator = SeededGenerator.forTest("codec garbage")
    for _ in 0..<300 {
      let count = Int.random(in: 0...200, using: &generator)
      let garbage = ByteBuffer(
        bytes: (0..<count).map { _ in
          // Small numbers make plausible lengths, which reach further into the decoder.
          UInt8.random(in: 0...(Bool.random(using: &generator) ? 4 : 255), using: &generator)
        })
      for type in allRequests {
        for version in 0...ApiVersionRange.of(type.key)!.max { _ = try? type.decode(garbage, version: version) }
      }
      var frame = garbage
      _ = try? RequestHeader.take(from: &frame)
    }
  }

  @Test func `a count larger than the frame is refused before anything is allocated`() {
    let lying = ByteBuffer(bytes: [0x7f, 0xff, 0xff, 0xff])
    #expect(throws: WireError.badLength(0x7fff_ffff)) { _ = try MetadataRequest.decode(lying, version: 1) }
    #expect(throws: WireError.badLength(-2)) {
      _ = try MetadataRequest.decode(ByteBuffer(bytes: [0xff, 0xff, 0xff, 0xfe]), version: 1)
    }
  }

  @Test func `strings that are not UTF-8 are refused`() {
    let body = ByteBuffer(bytes: [0, 0, 0, 1, 0, 2, 0xc3, 0x28, 0, 0, 0, 0])
    #expect(throws: WireError.badUTF8) { _ = try DeleteTopicsRequest.decode(body, version: 1) }
  }

  @Test func `over-long varints are refused`() {
    let body = ByteBuffer(bytes: [0xff, 0xff, 0xff, 0xff, 0x1f, 0])
    #expect(throws: WireError.badVarint) { _ = try DeleteTopicsRequest.decode(body, version: 4) }
  }

  @Test func `tagged fields of the future are skipped`() throws {
    // InitProducerId 2: compact nullable string "t", timeout 60000, then tag 7 of 3 bytes.
    let body = ByteBuffer(bytes: [2, 0x74, 0, 0, 0xea, 0x60, 1, 7, 3, 1, 2, 3])
    let request = try InitProducerIdRequest.decode(body, version: 2)
    #expect(request.transactionalID == "t")
    #expect(request.transactionTimeoutMs == 60_000)
  }

  @Test func `frames equal bytes written down from the protocol's description`() throws {
    // Heartbeat response version 4: length, correlation id 9, no tags; throttle 0, REBALANCE_IN_PROGRESS, no tags.
    var heartbeat = HeartbeatResponse()
    heartbeat.errorCode = 27
    #expect(
      try join(HeartbeatRequest.frame(heartbeat, version: 4, correlationID: 9))
        == [0, 0, 0, 12, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 27, 0])
    // ApiVersions response version 3: the header has no tags although the body is flexible.
    var versions = ApiVersionsResponse()
    versions.keys = [ApiVersionsResponse.Key(key: 18, min: 0, max: 3)]
    #expect(
      try join(ApiVersionsRequest.frame(versions, version: 3, correlationID: 1))
        == [0, 0, 0, 19, 0, 0, 0, 1, 0, 0, 2, 0, 18, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0])
    // Classic nullable string in a Metadata request header: client id null.
    var header = ByteBuffer()
    RequestHeader(key: .metadata, version: 1, correlationID: 5, clientID: nil).write(to: &header)
    #expect(Array(header.readableBytesView) == [0, 3, 0, 1, 0, 0, 0, 5, 0xff, 0xff])
  }

  private func join(_ parts: [ByteBuffer]) -> [UInt8] { parts.flatMap { Array($0.readableBytesView) } }

  @Test func `headers of both versions are read`() throws {
    for (key, version) in [(ApiKey.metadata, Int16(4)), (.metadata, 9), (.initProducerId, 4), (.apiVersions, 3)] {
      let header = RequestHeader(key: key, version: version, correlationID: 77, clientID: "client")
      var frame = ByteBuffer()
      header.write(to: &frame)
      frame.writeBytes([1, 2, 3])
      #expect(try RequestHeader.take(from: &frame) == header)
      #expect(Array(frame.readableBytesView) == [1, 2, 3])
    }
    var unknown = ByteBuffer(bytes: [0, 3, 0, 99, 0, 0, 0, 1, 0xff, 0xff])
    #expect(throws: WireError.unsupported(key: 3, version: 99)) { _ = try RequestHeader.take(from: &unknown) }
    var future = ByteBuffer(bytes: [0, 18, 0, 99, 0, 0, 0, 1, 0xde, 0xad])
    #expect(try RequestHeader.take(from: &future).version == 99)
  }
}
