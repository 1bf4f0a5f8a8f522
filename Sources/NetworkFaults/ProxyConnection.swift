import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// One client's connection and the broker's that stands behind it. Each direction is pumped by a thread of its own.
final class ProxyConnection: Sendable {
  private struct Expected { var apiKey: Int16, version: Int16, surplus: Int }

  private struct State {
    var pumps = 2
    var expected: [Int32: Expected] = [:]
    var isCut = false
    /// How often stalled frames were let go.
    var releases = 0
  }

  let number: Int
  private let client: Int32
  private let broker: Int32
  private let state = Mutex(State())

  init(number: Int, client: Int32, broker: Int32) {
    self.number = number
    self.client = client
    self.broker = broker
  }

  func cut() {
    state.withLock { state in
      // A descriptor that was closed may already be another's.
      guard state.pumps > 0 else { return }
      state.isCut = true
      shutdown(client, Int32(SHUT_RDWR))
      shutdown(broker, Int32(SHUT_RDWR))
    }
  }

  /// Lets frames go on that are stalled now.
  func releaseStalled() { state.withLock { $0.releases += 1 } }

  /// False when the connection was cut instead.
  private func stall() -> Bool {
    let releases = state.withLock { $0.releases }
    while true {
      let (isCut, isReleased) = state.withLock { ($0.isCut, $0.releases > releases) }
      if isCut || isReleased { return !isCut }
      Thread.sleep(forTimeInterval: 0.001)
    }
  }

  /// A pump has ended. True for the last one.
  func leave() -> Bool {
    cut()
    return state.withLock { state in
      state.pumps -= 1
      guard state.pumps == 0 else { return false }
      close(client)
      close(broker)
      return true
    }
  }

  func pumpRequests(_ fate: (KafkaFrame) -> FrameFate) {
    while let bytes = Socket.frame(client), bytes.count >= 12 {
      let frame = KafkaFrame(
        direction: .request, apiKey: Self.number(bytes, 4), version: Self.number(bytes, 6), correlationID: Self.number(bytes, 8),
        connection: number, bytes: bytes)
      let fate = fate(frame)
      expect(frame, surplus: fate == .twice ? 1 : 0)
      guard forward(frame, fate, from: client, to: broker) else { return }
    }
  }

  func pumpAnswers(
    rewriting: (KafkaFrame) throws -> [UInt8], _ fate: (KafkaFrame) -> FrameFate, delivered: (KafkaFrame) -> Void
  ) {
    while let bytes = Socket.frame(broker) {
      let correlation: Int32 = Self.number(bytes, 4)
      guard let expected = take(correlation) else { continue }
      var frame = KafkaFrame(
        direction: .answer, apiKey: expected.apiKey, version: expected.version, correlationID: correlation,
        connection: number, bytes: bytes)
      do { frame.bytes = try rewriting(frame) } catch { return }
      var fate = fate(frame)
      if fate == .twice { fate = .pass }
      guard forward(frame, fate, from: broker, to: client) else { return }
      delivered(frame)
    }
  }

  /// False when the connection is over.
  private func forward(_ frame: KafkaFrame, _ fate: FrameFate, from source: Int32, to target: Int32) -> Bool {
    switch fate {
    case .pass: return Socket.send(frame.bytes[...], target)
    case .twice: return Socket.send(frame.bytes[...], target) && Socket.send(frame.bytes[...], target)
    case .cut(let count):
      _ = Socket.send(frame.bytes.prefix(count), target)
      return false
    case .hold: return false
    case .stall: return stall() && Socket.send(frame.bytes[...], target)
    case .change(let position, let bytes):
      var changed = frame.bytes
      changed.replaceSubrange(position..<min(position + bytes.count, changed.count), with: bytes.prefix(changed.count - position))
      return Socket.send(changed[...], target)
    case .blackHole:
      while Socket.frame(source) != nil {}
      return false
    case .delay(let milliseconds):
      Thread.sleep(forTimeInterval: Double(milliseconds) / 1000)
      return Socket.send(frame.bytes[...], target)
    }
  }

  private func expect(_ frame: KafkaFrame, surplus: Int) {
    state.withLock {
      $0.expected[frame.correlationID] = Expected(apiKey: frame.apiKey, version: frame.version, surplus: surplus)
    }
  }

  /// What an answer belongs to; nil for the answers to a request's first copies.
  private func take(_ correlation: Int32) -> Expected? {
    state.withLock { state in
      guard var expected = state.expected[correlation] else { return nil }
      guard expected.surplus == 0 else {
        expected.surplus -= 1
        state.expected[correlation] = expected
        return nil
      }
      state.expected[correlation] = nil
      return expected
    }
  }

  private static func number<T: FixedWidthInteger>(_ bytes: [UInt8], _ offset: Int) -> T {
    bytes[offset..<offset + MemoryLayout<T>.size].reduce(0) { $0 << 8 | T(truncatingIfNeeded: $1) }
  }
}
