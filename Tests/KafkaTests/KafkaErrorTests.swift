import Kafka
import Testing

@Suite struct KafkaErrorTests {
  private func recovery(_ code: Int32, fatal: Bool = false, abort: Bool = false, retry: Bool = false)
    -> KafkaError.Recovery
  {
    KafkaError.Recovery(transactional: .init(rawValue: code), isFatal: fatal, requiresAbort: abort, isRetriable: retry)
  }

  @Test(arguments: [-144, 90, 47, 82] as [Int32])
  func `a fenced producer is fenced although it is also fatal`(code: Int32) {
    #expect(recovery(code, fatal: true, retry: true) == .fenced)
  }

  // librdkafka issue 4438: OUT_OF_ORDER_SEQUENCE_NUMBER and the gapless guarantee kill the client, not the work.
  @Test(arguments: [45, -148, 48, 49, 59, -140, -150] as [Int32])
  func `what kills the client is rebuilt and replayed`(code: Int32) {
    #expect(recovery(code, fatal: true) == .rebuild)
  }

  @Test(arguments: [53, 31, 29, 30, -165, 50] as [Int32])
  func `a missing right or feature stays fatal`(code: Int32) {
    #expect(recovery(code, fatal: true) == .fatal)
  }

  @Test(arguments: [22, 25, -142, -192] as [Int32])
  func `an error that asks for an abort is aborted and replayed`(code: Int32) {
    #expect(recovery(code, abort: true) == .abortAndReplay)
    #expect(recovery(code, abort: true, retry: true) == .abortAndReplay)
  }

  @Test func `a retriable error repeats the same call and nothing more`() {
    #expect(recovery(-185, retry: true) == .retrySameCall)
  }

  @Test func `a transactional error without any flag ends the producer`() {
    #expect(recovery(-185) == .rebuild)
    #expect(recovery(-1) == .rebuild)
  }

  @Test(
    arguments: [
      (-185, .retrySameCall), (14, .retrySameCall), (88, .retrySameCall), (51, .retrySameCall), (22, .abortAndReplay),
      (90, .fenced), (3, .unavailable), (-187, .unavailable), (10, .badInput), (17, .badInput), (29, .fatal),
      (-140, .fatal), (1, .fatal), (2, .fatal),
    ] as [(Int32, KafkaError.Recovery)])
  func `plain codes say what to do`(code: Int32, expected: KafkaError.Recovery) {
    #expect(KafkaError.Recovery(plain: .init(rawValue: code)) == expected)
  }

  @Test func `an error shows operation, reason, code and action`() {
    let error = KafkaError(code: .timedOut, operation: "commit", reason: "no answer", recovery: .rebuild)
    #expect(error.description == "commit: no answer (_TIMED_OUT; rebuild)")
  }
}

@Suite struct Murmur2Tests {
  // Apache Kafka, UtilsTest.testMurmur2.
  @Test(
    arguments: [
      ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
      ("a-little-bit-longer-string", -1_486_304_829),
      ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
    ] as [(String, Int32)])
  func `the hash is Java's`(text: String, expected: Int32) {
    let hash = Array(text.utf8).withUnsafeBytes { Murmur2.hash($0) }
    #expect(Int32(bitPattern: hash) == expected)
  }
}
