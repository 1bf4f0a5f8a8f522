import Testing

@testable import Kafka

@Suite struct BlockingThreadTests {
  private struct Sentinel: Error {}

  @Test func `a thread's value can be awaited and joined any number of times`() async throws {
    let thread = BlockingThread(name: "seven") { 7 }
    #expect(try await thread.value == 7)
    #expect(try await thread.value == 7)
    #expect(try await Task { try thread.join() }.value == 7)
  }

  @Test func `a thread's error is thrown to every waiter`() async {
    let thread = BlockingThread<Int>(name: "fails") { throw Sentinel() }
    await #expect(throws: Sentinel.self) { try await thread.value }
    #expect(throws: Sentinel.self) { try thread.join() }
  }

  @Test func `durations round up to whole milliseconds`() {
    #expect(Duration.nanoseconds(1).milliseconds == 1)
    #expect(Duration.milliseconds(1500).milliseconds == 1500)
    #expect(Duration.zero.milliseconds == 0)
    #expect(Duration.seconds(Int64.max).milliseconds == Int64.max)
  }
}
