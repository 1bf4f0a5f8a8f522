import Foundation
import NIOCore

@testable import EmbeddedKafka

/// A blocking client that does what no library would: it lets requests go without an answer, and goes on with the old epoch.
final class RawClient {
  struct Closed: Error {}

  private let host: String
  private let port: UInt16
  private let patience: Int
  private var descriptor: Int32 = -1
  private var nextCorrelation: Int32 = 1

  /// - Parameter patience: seconds that an answer may take.
  init(_ bootstrap: String, patience: Int = 20) throws {
    self.patience = patience
    let parts = bootstrap.split(separator: ",")[0].split(separator: ":")
    host = parts[0] == "localhost" ? "127.0.0.1" : String(parts[0])
    port = UInt16(parts[1]) ?? 9092
    try connect()
  }

  func connect() throws {
    if descriptor >= 0 { close(descriptor) }
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port.bigEndian)
    address.sin_addr.s_addr = inet_addr(host)
    var patience = timeval(tv_sec: patience, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw Closed() }
  }

  deinit { close(descriptor) }

  func call<R: ApiRequest>(_ request: R, version: Int16) throws -> R.Response {
    let correlation = try post(request, version: version)
    var (answered, body) = try receive()
    guard answered == correlation else { throw Closed() }
    // The header of a flexible answer ends in tagged fields, of which there are none.
    if ApiVersionRange.of(R.key)?.isFlexible(version) == true { body.moveReaderIndex(forwardBy: 1) }
    return try R.decoded(body, version: version)
  }

  /// Sends without waiting for the answer. Returns the number that the answer will have.
  func post<R: ApiRequest>(_ request: R, version: Int16) throws -> Int32 {
    let correlation = nextCorrelation
    nextCorrelation += 1
    var frame = ByteBuffer()
    RequestHeader(key: R.key, version: version, correlationID: correlation, clientID: "raw").write(to: &frame)
    frame.writeImmutableBuffer(try R.encoded(request, version: version))
    var framed = ByteBuffer(integer: Int32(frame.readableBytes))
    framed.writeImmutableBuffer(frame)
    let bytes = Array(framed.readableBytesView)
    guard Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw Closed() }
    return correlation
  }

  /// The next answer.
  func receive() throws -> (correlation: Int32, body: ByteBuffer) {
    var length = ByteBuffer(bytes: try read(4))
    var body = ByteBuffer(bytes: try read(Int(length.readInteger(as: Int32.self) ?? 0)))
    guard let correlation = body.readInteger(as: Int32.self) else { throw Closed() }
    return (correlation, body)
  }

  /// A request that gets no answer: the connection ends, and a new one takes its place.
  func lose<R: ApiRequest>(_ request: R, version: Int16) throws {
    do {
      _ = try call(request, version: version)
    } catch is Closed {
      return try connect()
    }
    throw Closed()
  }

  private func read(_ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var got = 0
    while got < count {
      let now = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress.map { $0 + got }, count - got, 0) }
      guard now > 0 else { throw Closed() }
      got += now
    }
    return bytes
  }
}

/// One transactional id of a raw client.
struct RawProducer {
  let client: RawClient
  let id: String
  let topic: String
  let group: String
  private(set) var identity = InitProducerIdResponse()
  private var sequences: [Int32: Int32] = [:]

  init(_ client: RawClient, id: String, topic: String, group: String) {
    self.client = client
    self.id = id
    self.topic = topic
    self.group = group
  }

  mutating func initialise() throws {
    var request = InitProducerIdRequest()
    request.transactionalID = id
    request.transactionTimeoutMs = 60_000
    // A coordinator may first have to finish what was open.
    try wait("a producer id") {
      identity = try client.call(request, version: 1)
      return identity.errorCode == 0
    }
    sequences = [:]
  }

  func add(_ partitions: [Int32]) throws -> [Int16] {
    var request = AddPartitionsToTxnRequest()
    request.transactionalID = id
    request.producerID = identity.producerID
    request.producerEpoch = identity.producerEpoch
    request.topics = [AddPartitionsToTxnRequest.Topic(name: topic, partitions: partitions)]
    var codes: [Int16] = []
    _ = try afterTheLastEnd {
      codes = try client.call(request, version: 0).results[0].partitions.map(\.errorCode)
      return codes.first { $0 == ErrorCode.concurrentTransactions.rawValue } ?? 0
    }
    return codes
  }

  func record(_ value: String, _ partition: Int32) -> ProduceRequest {
    var builder = RecordBatchBuilder(
      producerID: identity.producerID, producerEpoch: identity.producerEpoch, baseSequence: sequences[partition] ?? 0,
      isTransactional: true)
    builder.append(key: nil, value: Array(value.utf8), timestampMs: 1000)
    var request = ProduceRequest()
    request.transactionalID = id
    request.acks = -1
    request.timeoutMs = 10_000
    let records = ProduceRequest.Partition(index: partition, records: ByteBuffer(bytes: builder.finish()))
    request.topics = [ProduceRequest.Topic(name: topic, partitions: [records])]
    return request
  }

  mutating func produce(_ value: String, _ partition: Int32) throws -> Int16 {
    let code = try client.call(record(value, partition), version: 7).topics[0].partitions[0].errorCode
    if code == 0 { sequences[partition, default: 0] += 1 }
    return code
  }

  func ending(commit: Bool) -> EndTxnRequest {
    var request = EndTxnRequest()
    request.transactionalID = id
    request.producerID = identity.producerID
    request.producerEpoch = identity.producerEpoch
    request.committed = commit
    return request
  }

  func end(commit: Bool) throws -> Int16 {
    try afterTheLastEnd { try client.call(ending(commit: commit), version: 1).errorCode }
  }

  /// Clusters refuse what comes while they still write the markers of the last transaction.
  private func afterTheLastEnd(_ call: () throws -> Int16) throws -> Int16 {
    var code: Int16 = 0
    try wait("the end of the last transaction") {
      code = try call()
      return code != ErrorCode.concurrentTransactions.rawValue
    }
    return code
  }

  func addGroup() throws -> Int16 {
    var request = AddOffsetsToTxnRequest()
    request.transactionalID = id
    request.groupID = group
    request.producerID = identity.producerID
    request.producerEpoch = identity.producerEpoch
    return try afterTheLastEnd { try client.call(request, version: 0).errorCode }
  }

  func offset(_ offset: Int64) -> TxnOffsetCommitRequest {
    var request = TxnOffsetCommitRequest()
    request.transactionalID = id
    request.groupID = group
    request.producerID = identity.producerID
    request.producerEpoch = identity.producerEpoch
    var partition = TxnOffsetCommitRequest.Partition()
    partition.offset = offset
    request.topics = [TxnOffsetCommitRequest.Topic(name: topic, partitions: [partition])]
    return request
  }
}
