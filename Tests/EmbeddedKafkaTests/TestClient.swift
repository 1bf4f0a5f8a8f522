import Foundation
import Logging
import NIOCore

@testable import EmbeddedKafka

/// A blocking client that speaks the protocol byte by byte, to show what a well-mannered library never would.
final class TestClient {
  struct Closed: Error {}

  private let descriptor: Int32
  private var nextCorrelation: Int32 = 1
  /// The broker lives as long as its clients.
  private let broker: TestBroker

  init(_ broker: TestBroker) throws {
    self.broker = broker
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(broker.port).bigEndian)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var patience = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw Closed() }
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { throw Closed() }
      sent += count
    }
  }

  /// Sends a request without waiting; returns its correlation id.
  @discardableResult
  func send<R: ApiRequest>(_ request: R, version: Int16) throws -> Int32 {
    let correlation = nextCorrelation
    nextCorrelation += 1
    var frame = ByteBuffer()
    RequestHeader(key: R.key, version: version, correlationID: correlation, clientID: "test").write(to: &frame)
    frame.writeImmutableBuffer(try R.encoded(request, version: version))
    var framed = ByteBuffer(integer: Int32(frame.readableBytes))
    framed.writeImmutableBuffer(frame)
    try send(Array(framed.readableBytesView))
    return correlation
  }

  /// The next frame: its correlation id and the rest.
  func receive() throws -> (correlation: Int32, body: ByteBuffer) {
    var length = ByteBuffer(bytes: try read(4))
    var frame = ByteBuffer(bytes: try read(Int(length.readInteger(as: Int32.self)!)))
    return (frame.readInteger(as: Int32.self)!, frame)
  }

  func receive<R: ApiRequest>(_ type: R.Type, version: Int16) throws -> R.Response {
    var (_, body) = try receive()
    if R.key != .apiVersions, ApiVersionRange.of(R.key)!.isFlexible(version) { body.moveReaderIndex(forwardBy: 1) }
    return try R.decoded(R.Response.self, body, version: version).0
  }

  func call<R: ApiRequest>(_ request: R, version: Int16) throws -> R.Response {
    try send(request, version: version)
    return try receive(R.self, version: version)
  }

  /// True when the broker has closed the connection.
  func isClosed() -> Bool {
    (try? read(1)) == nil
  }

  private func read(_ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var got = 0
    while got < count {
      let now = bytes[got...].withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
      guard now > 0 else { throw Closed() }
      got += now
    }
    return bytes
  }
}

/// A broker in a folder of its own.
final class TestBroker {
  let path = NSTemporaryDirectory() + "wick-broker-\(UUID().uuidString)"
  private(set) var broker: EmbeddedBroker
  private(set) var port: Int

  init(_ change: (inout EmbeddedBroker.Configuration) -> Void = { _ in }) throws {
    var configuration = EmbeddedBroker.Configuration(port: 0, dataDirectory: path, fsync: .interval(milliseconds: 1000))
    configuration.groupInitialRebalanceDelayMs = 0
    change(&configuration)
    broker = EmbeddedBroker(configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    port = try broker.start()
  }

  func client() throws -> TestClient { try TestClient(self) }

  func restart() throws {
    broker.stop()
    port = try broker.start()
  }

  deinit {
    broker.stop()
    try? FileManager.default.removeItem(atPath: path)
  }
}

extension TestClient {
  func create(_ topic: String, partitions: Int32 = 1) throws {
    var request = CreateTopicsRequest()
    var entry = CreateTopicsRequest.Topic()
    entry.name = topic
    entry.partitionCount = partitions
    entry.replicationFactor = 1
    request.topics = [entry]
    let answer = try call(request, version: 4)
    guard answer.topics[0].errorCode == 0 else { throw Closed() }
  }

  func produceRequest(
    _ topic: String, _ values: [String], partition: Int32 = 0, transactionalID: String? = nil, producerID: Int64 = -1,
    epoch: Int16 = -1, sequence: Int32 = -1
  ) -> ProduceRequest {
    var builder = RecordBatchBuilder(
      producerID: producerID, producerEpoch: epoch, baseSequence: sequence, isTransactional: transactionalID != nil)
    for value in values { builder.append(key: nil, value: Array(value.utf8), timestampMs: 1000) }
    var request = ProduceRequest()
    request.transactionalID = transactionalID
    request.acks = -1
    request.topics = [
      ProduceRequest.Topic(
        name: topic, partitions: [ProduceRequest.Partition(index: partition, records: ByteBuffer(bytes: builder.finish()))])
    ]
    return request
  }

  /// Produces and returns error code and offset.
  func produce(
    _ topic: String, _ values: [String], partition: Int32 = 0, transactionalID: String? = nil, producerID: Int64 = -1,
    epoch: Int16 = -1, sequence: Int32 = -1
  ) throws -> (error: Int16, offset: Int64) {
    let request = produceRequest(
      topic, values, partition: partition, transactionalID: transactionalID, producerID: producerID, epoch: epoch,
      sequence: sequence)
    let answer = try call(request, version: 7).topics[0].partitions[0]
    return (answer.errorCode, answer.baseOffset)
  }

  func fetchRequest(
    _ topic: String, from offset: Int64 = 0, committed: Bool = false, maxWaitMs: Int32 = 0, minBytes: Int32 = 1
  ) -> FetchRequest {
    var request = FetchRequest()
    request.maxWaitMs = maxWaitMs
    request.minBytes = minBytes
    request.isolationLevel = committed ? 1 : 0
    var partition = FetchRequest.Partition()
    partition.fetchOffset = offset
    partition.maxBytes = 1 << 20
    request.topics = [FetchRequest.Topic(name: topic, partitions: [partition])]
    return request
  }

  func fetch(_ topic: String, from offset: Int64 = 0, committed: Bool = false) throws -> FetchResponse.Partition {
    try call(fetchRequest(topic, from: offset, committed: committed), version: 11).topics[0].partitions[0]
  }

  func initialise(_ id: String?, timeoutMs: Int32 = 60_000) throws -> InitProducerIdResponse {
    var request = InitProducerIdRequest()
    request.transactionalID = id
    request.transactionTimeoutMs = timeoutMs
    return try call(request, version: 4)
  }

  func add(_ topic: String, to id: String, _ producer: InitProducerIdResponse, partitions: [Int32] = [0]) throws -> [Int16] {
    var request = AddPartitionsToTxnRequest()
    request.transactionalID = id
    request.producerID = producer.producerID
    request.producerEpoch = producer.producerEpoch
    request.topics = [AddPartitionsToTxnRequest.Topic(name: topic, partitions: partitions)]
    return try call(request, version: 3).results[0].partitions.map(\.errorCode)
  }

  func end(_ id: String, _ producer: InitProducerIdResponse, commit: Bool, version: Int16 = 3) throws -> Int16 {
    var request = EndTxnRequest()
    request.transactionalID = id
    request.producerID = producer.producerID
    request.producerEpoch = producer.producerEpoch
    request.committed = commit
    return try call(request, version: version).errorCode
  }
}
