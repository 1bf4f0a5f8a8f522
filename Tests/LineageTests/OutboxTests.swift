import Foundation
import Lineage
import Synchronization
import Testing

@Suite struct `The outbox of lineage` {
  private struct Refused: Error {}

  /// Whoever is told; takes events while its gate is open.
  private final class Listener: Sendable {
    let taken = Mutex<[String]>([])
    let troubles = Mutex(0)
    let gate = DispatchSemaphore(value: 0)
    let begun = DispatchSemaphore(value: 0)
    let refuses = Mutex<Set<String>>([])

    func outbox(capacity: Int = 1000) -> LineageOutbox {
      LineageOutbox(capacity: capacity) { [self] event in
        begun.signal()
        gate.wait()
        if refuses.withLock({ $0.contains(event.run) }) { throw Refused() }
        taken.withLock { $0.append(event.run) }
      } onTrouble: { [self] _ in
        troubles.withLock { $0 += 1 }
      }
    }
  }

  private func event(_ run: Int) -> LineageEvent {
    LineageEvent(
      .start, time: "", run: "\(run)",
      job: LineageJob(namespace: "n", name: "j", kind: "QUERY", inputs: [], outputs: []))
  }

  @Test func `events arrive in order, and all of them before it closes`() {
    let listener = Listener()
    let outbox = listener.outbox()
    for run in 0..<100 {
      outbox.add(event(run))
      listener.gate.signal()
    }
    #expect(outbox.close(patience: 60) == 0)
    #expect(listener.taken.withLock { $0 } == (0..<100).map(String.init))
  }

  @Test func `a listener that never answers holds nobody up, and what it missed is counted`() {
    let listener = Listener()
    let outbox = listener.outbox(capacity: 3)
    outbox.add(event(0))
    listener.begun.wait()
    // One is under way; the three newest wait.
    for run in 1...10 { outbox.add(event(run)) }
    #expect(outbox.close(patience: 0) == 11)
    outbox.add(event(11))
    for _ in 0..<20 { listener.gate.signal() }
    #expect(outbox.close(patience: 60) == 8)
    #expect(listener.taken.withLock { $0 } == ["0", "8", "9", "10"])
  }

  @Test func `of failures in a row the first is told, and each is counted`() {
    let listener = Listener()
    listener.refuses.withLock { $0 = ["1", "2", "3", "5"] }
    let outbox = listener.outbox()
    for run in 0..<7 {
      outbox.add(event(run))
      listener.gate.signal()
    }
    #expect(outbox.close(patience: 60) == 4)
    #expect(listener.troubles.withLock { $0 } == 2 && listener.taken.withLock { $0 } == ["0", "4", "6"])
  }
}
