/// Kafka's number of a request that this proxy or its tests know by name.
public enum KafkaApi {
  public static let produce: Int16 = 0
  public static let fetch: Int16 = 1
  public static let metadata: Int16 = 3
  public static let findCoordinator: Int16 = 10
  public static let initProducerID: Int16 = 22
  public static let addPartitionsToTxn: Int16 = 24
  public static let addOffsetsToTxn: Int16 = 25
  public static let endTxn: Int16 = 26
  public static let txnOffsetCommit: Int16 = 28
  public static let describeCluster: Int16 = 60
}

/// One request or answer as it passes the proxy, its length prefix included.
public struct KafkaFrame: Sendable {
  public enum Direction: Sendable { case request, answer }

  public let direction: Direction
  /// Of the request; an answer has that of the request it belongs to, found by correlation id.
  public let apiKey: Int16
  public let version: Int16
  public let correlationID: Int32
  /// A number per connection through the proxy, from 0.
  public let connection: Int
  /// The whole frame, from its length prefix on.
  public internal(set) var bytes: [UInt8]
}

/// What happens to one frame.
public enum FrameFate: Sendable, Equatable {
  case pass
  /// So many bytes of the frame go on, then the connection is cut on both sides.
  case cut(after: Int)
  /// The broker receives the request twice in a row; the client sees one answer. An answer merely passes.
  case twice
  /// The frame is kept for `FaultProxy.releaseHeld` and the connection is cut: what the client sees of a network that has
  /// swallowed its request.
  case hold
  /// This direction of the connection carries nothing any more, though it stays open.
  case blackHole
  /// The frame waits, and what follows it on its connection, which stays open, until `FaultProxy.releaseStalled`.
  case stall
  /// These bytes stand in the frame in place of its own, from a position on that counts from the length prefix.
  case change(at: Int, to: [UInt8])
  /// The frame, and what follows it, comes later by so many milliseconds.
  case delay(milliseconds: Int)
}
