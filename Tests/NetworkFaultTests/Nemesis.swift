import Foundation
import Kafka
import NetworkFaults
import Synchronization
import TestSupport

/// Troubles a run: the network in periods of so many frames, each with its own kind of fault or with none, and the broker.
final class Nemesis: Sendable {
  private enum Mood: CaseIterable { case calm, cutting, holding, doubling, starving, delaying }

  private struct State {
    var random: SeededGenerator
    var mood = Mood.calm
    var frames = 0
    var periods = 0
    var starved = 0
  }

  private let lab: Lab
  private let broker: BrokerProcess?
  private let state: Mutex<State>
  private let isOver = Mutex(false)
  private let period: Int

  /// - Parameters:
  ///   - broker: killed at the beginning of some periods; nil spares it.
  ///   - period: the number of frames of one kind of trouble.
  init(_ lab: Lab, broker: BrokerProcess?, random: SeededGenerator, period: Int) {
    (self.lab, self.broker, self.period) = (lab, broker, period)
    state = Mutex(State(random: random))
  }

  /// Makes trouble until `end`, on a thread of its own.
  func begin() -> BlockingThread<Void> {
    lab.proxy.inject { [self] in fate(of: $0) }
    return BlockingThread(name: "nemesis") { [self] in
      var seen = 0
      var random = state.withLock { SeededGenerator(seed: $0.random.seed ^ 0x6e65) }
      while !isOver.withLock({ $0 }) {
        Blocking.pause(milliseconds: 2)
        guard state.withLock({ $0.periods }) > seen else { continue }
        seen += 1
        if Int.random(in: 0..<2, using: &random) == 0 { lab.proxy.releaseHeld() }
        if let broker, Int.random(in: 0..<3, using: &random) == 0 { try broker.killAndRestart() }
      }
    }
  }

  /// A clean network from now on; what was held comes last.
  func end() {
    isOver.withLock { $0 = true }
    lab.proxy.heal()
    lab.proxy.releaseHeld()
  }

  private func fate(of frame: KafkaFrame) -> FrameFate {
    // Clients that lose these count their broker as one that does not understand them, and wait.
    guard frame.apiKey != KafkaApi.metadata, frame.apiKey != 18 else { return .pass }
    return state.withLock { state in
      state.frames += 1
      if state.frames % period == 0 {
        state.periods += 1
        // A quarter of the time all is well, so that work gets done and its records are there to be lost.
        let isCalm = Int.random(in: 0..<4, using: &state.random) == 0
        state.mood = isCalm ? .calm : Mood.allCases.randomElement(using: &state.random) ?? .calm
      }
      return Self.fate(of: frame, &state)
    }
  }

  private static func fate(of frame: KafkaFrame, _ state: inout State) -> FrameFate {
    func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &state.random) == 0 }
    let isRequest = frame.direction == .request
    switch state.mood {
    case .calm: return .pass
    case .cutting:
      guard chance(20) else { return .pass }
      return .cut(after: chance(2) ? 0 : Int.random(in: 0..<frame.bytes.count, using: &state.random))
    case .holding: return isRequest && LateFrameTests.kinds.contains(frame.apiKey) && chance(8) ? .hold : .pass
    case .doubling:
      // Only idempotent clients can be protected from it.
      let isOpen = frame.apiKey == KafkaApi.produce && frame.bytes.dropFirst(14).starts(with: Array("raw".utf8))
      return isRequest && LateFrameTests.kinds.contains(frame.apiKey) && !isOpen && chance(4) ? .twice : .pass
    case .starving:
      // Each ends by a time-out of its client only.
      guard state.starved < 3, chance(60) else { return .pass }
      state.starved += 1
      return .blackHole
    case .delaying: return chance(8) ? .delay(milliseconds: Int.random(in: 1...25, using: &state.random)) : .pass
    }
  }
}
