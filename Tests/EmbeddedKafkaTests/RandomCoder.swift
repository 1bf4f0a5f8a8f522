import NIOCore
import TestSupport

@testable import EmbeddedKafka

/// Fills every field that a version has with random values, so that each message can be tested without naming its fields.
struct RandomCoder: WireCoder {
  let version: Int16
  let flexible: Bool
  var generator: SeededGenerator

  mutating func integer<T: FixedWidthInteger>(_ value: inout T) {
    value = T(truncatingIfNeeded: generator.next())
  }

  mutating func string(_ value: inout String) {
    let letters = ["a", "é", "𝄞", ".", "0"]
    value = (0..<Int.random(in: 0...20, using: &generator)).map { _ in letters.randomElement(using: &generator)! }.joined()
  }

  mutating func nullableString(_ value: inout String?) {
    var text = ""
    string(&text)
    value = text
  }

  mutating func bytes(_ value: inout [UInt8]) {
    value = (0..<Int.random(in: 0...40, using: &generator)).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  mutating func records(_ value: inout ByteBuffer?) {
    var content: [UInt8] = []
    bytes(&content)
    let isLarge = Bool.random(using: &generator)
    value = ByteBuffer(bytes: isLarge ? Array(repeating: content, count: 1000).flatMap { $0 } : content)
  }

  mutating func arrayCount(_ count: Int) -> Int { Int.random(in: 0...3, using: &generator) }

  mutating func tags() {}
}

extension ApiRequest {
  /// The body of a message as bytes.
  static func encoded<T: WireStruct>(_ message: T, version: Int16) throws -> ByteBuffer {
    let flexible = ApiVersionRange.of(key)?.isFlexible(version) ?? false
    var encoder = WireEncoder(version: version, flexible: flexible)
    var message = message
    try message.code(&encoder)
    encoder.tags()
    var whole = ByteBuffer()
    for part in encoder.finish() { whole.writeImmutableBuffer(part) }
    return whole
  }

  static func decoded<T: WireStruct>(_ type: T.Type, _ bytes: ByteBuffer, version: Int16) throws -> (T, rest: Int) {
    var decoder = WireDecoder(bytes, version: version, flexible: ApiVersionRange.of(key)?.isFlexible(version) ?? false)
    var message = T()
    try message.code(&decoder)
    try decoder.tags()
    return (message, decoder.buffer.readableBytes)
  }
}

/// Every request kind, for tests over all of them.
var allRequests: [any ApiRequest.Type] {
  [
    ProduceRequest.self, FetchRequest.self, ListOffsetsRequest.self, MetadataRequest.self, OffsetCommitRequest.self,
    OffsetFetchRequest.self, FindCoordinatorRequest.self, JoinGroupRequest.self, HeartbeatRequest.self, LeaveGroupRequest.self,
    SyncGroupRequest.self, DescribeGroupsRequest.self, ListGroupsRequest.self, ApiVersionsRequest.self,
    CreateTopicsRequest.self, DeleteTopicsRequest.self, DeleteRecordsRequest.self, InitProducerIdRequest.self,
    OffsetForLeaderEpochRequest.self, AddPartitionsToTxnRequest.self, AddOffsetsToTxnRequest.self, EndTxnRequest.self,
    TxnOffsetCommitRequest.self, DescribeConfigsRequest.self, AlterConfigsRequest.self, CreatePartitionsRequest.self,
    DeleteGroupsRequest.self, IncrementalAlterConfigsRequest.self, OffsetDeleteRequest.self, DescribeClusterRequest.self,
    DescribeProducersRequest.self, DescribeTransactionsRequest.self, ListTransactionsRequest.self,
  ]
}
