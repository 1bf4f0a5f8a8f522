import Foundation
import NIOCore
import TestSupport
import Testing

@testable import EmbeddedKafka

@Suite struct ServerTests {
  @Test func `garbage closes its connection and leaves the others alone`() throws {
    let broker = try TestBroker()
    let witness = try broker.client()
    var generator = SeededGenerator.forTest("garbage on sockets")
    for round in 0..<60 {
      let client = try broker.client()
      var bytes = (0..<Int.random(in: 8...400, using: &generator)).map { _ in
        UInt8.random(in: .min ... .max, using: &generator)
      }
      if round % 2 == 0 {
        // A frame of legal length and known key, so that the garbage reaches the body's decoder.
        let length = Int32(bytes.count + 8)
        let key = ApiVersionRange.all.randomElement(using: &generator)!
        var frame = ByteBuffer(integer: length)
        frame.writeMultipleIntegers(key.key.rawValue, key.max, Int32(1))
        bytes = Array(frame.readableBytesView) + bytes
      }
      try? client.send(bytes)
    }
    #expect(try witness.call(ApiVersionsRequest(), version: 3).errorCode == 0)
  }

  @Test func `frames too long, unknown keys and unknown versions close the connection`() throws {
    let broker = try TestBroker()
    for bytes: [UInt8] in [
      [0x7f, 0, 0, 0], [0xff, 0xff, 0xff, 0xff], [0, 0, 0, 10, 0x03, 0xe7, 0, 0, 0, 0, 0, 1, 0xff, 0xff],
      [0, 0, 0, 10, 0, 3, 0, 99, 0, 0, 0, 1, 0xff, 0xff], [0, 0, 0, 2, 0, 3],
    ] {
      let client = try broker.client()
      try client.send(bytes)
      #expect(client.isClosed(), "after \(bytes)")
    }
  }

  @Test func `ApiVersions of a future version is answered in version 0 with the table`() throws {
    let client = try TestBroker().client()
    try client.send([0, 0, 0, 10, 0, 18, 0, 99, 0, 0, 0, 5, 0xff, 0xff])
    let (correlation, body) = try client.receive()
    let (answer, rest) = try ApiVersionsRequest.decoded(ApiVersionsResponse.self, body, version: 0)
    #expect(correlation == 5 && rest == 0)
    #expect(answer.errorCode == ErrorCode.unsupportedVersion.rawValue)
    #expect(answer.keys.count == ApiVersionRange.all.count)
  }

  @Test func `answers keep the order of requests although a fetch is parked in front`() throws {
    let broker = try TestBroker()
    let client = try broker.client()
    let other = try broker.client()
    try client.create("order")
    let fetch = try client.send(client.fetchRequest("order", maxWaitMs: 30_000), version: 11)
    let metadata = try client.send(MetadataRequest(), version: 4)
    let versions = try client.send(ApiVersionsRequest(), version: 0)
    #expect(try other.produce("order", ["x"]).error == 0)
    let answered = try (0..<3).map { _ in try client.receive().correlation }
    #expect(answered == [fetch, metadata, versions])
  }

  @Test func `a parked fetch wakes with the data and not before`() throws {
    let broker = try TestBroker()
    let reader = try broker.client()
    let writer = try broker.client()
    try writer.create("wake")
    try reader.send(reader.fetchRequest("wake", maxWaitMs: 30_000, minBytes: 150), version: 11)
    #expect(try writer.produce("wake", ["a"]).offset == 0)
    #expect(try writer.produce("wake", ["b"]).offset == 1)
    #expect(try writer.produce("wake", ["c"]).offset == 2)
    let got = try reader.receive(FetchRequest.self, version: 11).topics[0].partitions[0]
    #expect((got.records?.readableBytes ?? 0) >= 150)
  }

  @Test func `a fetch gives up after its wait with what there is`() throws {
    let client = try TestBroker().client()
    try client.create("patience")
    let got = try client.call(client.fetchRequest("patience", maxWaitMs: 20), version: 11).topics[0].partitions[0]
    #expect(got.errorCode == 0 && got.records?.readableBytes == 0)
  }

  @Test func `produce before version 3 and fetch before version 4 are refused in their own format`() throws {
    let client = try TestBroker().client()
    try client.create("old")
    let produced = try client.call(client.produceRequest("old", ["x"]), version: 2)
    #expect(produced.topics[0].partitions[0].errorCode == ErrorCode.unsupportedVersion.rawValue)
    let fetched = try client.call(client.fetchRequest("old"), version: 3)
    #expect(fetched.topics[0].partitions[0].errorCode == ErrorCode.unsupportedVersion.rawValue)
  }

  @Test func `topics are created on demand only where client and broker allow it`() throws {
    func ask(_ broker: TestBroker, _ allow: Bool) throws -> Int16 {
      var request = MetadataRequest()
      request.allowAutoTopicCreation = allow
      request.topics = [MetadataRequest.Topic(name: "demand")]
      return try broker.client().call(request, version: 4).topics[0].errorCode
    }
    let strict = try TestBroker { $0.autoCreateTopics = false }
    #expect(try ask(strict, true) == ErrorCode.unknownTopicOrPartition.rawValue)
    let generous = try TestBroker { $0.defaultPartitions = 3 }
    #expect(try ask(generous, false) == ErrorCode.unknownTopicOrPartition.rawValue)
    #expect(try ask(generous, true) == 0)
    #expect(try ask(generous, false) == 0)
  }

  @Test func `the cluster id, topics and records survive a restart`() throws {
    let broker = try TestBroker()
    let before = try broker.client().call(DescribeClusterRequest(), version: 0).clusterID
    try broker.client().create("kept", partitions: 2)
    #expect(try broker.client().produce("kept", ["x"], partition: 1).error == 0)
    try broker.restart()
    #expect(try broker.client().call(DescribeClusterRequest(), version: 0).clusterID == before)
    #expect(try broker.client().produce("kept", ["y"], partition: 1).offset == 1)
  }

  @Test func `starting says what is wrong`() throws {
    let broker = try TestBroker()
    func failure(_ configuration: EmbeddedBroker.Configuration) -> BrokerError.Code? {
      do throws(BrokerError) {
        let other = EmbeddedBroker(configuration: configuration)
        try other.start()
        other.stop()
        return nil
      } catch {
        return error.code
      }
    }
    let free = NSTemporaryDirectory() + "wick-free-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: free) }
    #expect(failure(.init(port: broker.port, dataDirectory: free)) == .portTaken)
    #expect(failure(.init(port: 0, dataDirectory: broker.path)) == .dataDirectoryLocked)
    #expect(failure(.init(port: 0, dataDirectory: "/proc/wick")) == .dataDirectoryNotWritable)
    #expect(failure(.init(port: 0, dataDirectory: free)) == nil)
  }

  @Test func `internal topics have one partition, are compacted and visible`() throws {
    let broker = try TestBroker()
    let log = try broker.broker.internalTopic("_schemas")
    _ = try log.appendInternal(records: [(key: [1], value: [2])], timestampMs: 5)
    #expect(try broker.client().fetch("_schemas").highWatermark == 1)
    #expect(log.config.cleanupPolicy == [.compact])
    #expect(try broker.broker.internalTopic("_schemas") === log)
  }
}
