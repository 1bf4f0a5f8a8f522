import Testing

@testable import Kafka

@Suite struct MonitorTests {
  @Test func `a wait without a limit lasts until the value is there`() async throws {
    let number = Monitor(0)
    let waiting = BlockingThread(name: "waiting") { number.wait { $0 == 3 ? $0 : nil } }
    for _ in 0..<3 { number.withLock { $0 += 1 } }
    #expect(try await waiting.value == 3)
  }

  @Test func `a wait with a limit ends without a result`() {
    #expect(Monitor(0).wait(.milliseconds(1)) { $0 == 3 ? $0 : nil } == nil)
  }
}
