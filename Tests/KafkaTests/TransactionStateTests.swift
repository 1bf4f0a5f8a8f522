import Testing

@testable import Kafka

@Suite struct TransactionStateTests {
  private func state(after calls: [TransactionState.Call]) -> TransactionState {
    var state = TransactionState()
    for call in calls { state.succeeded(call) }
    return state
  }

  @Test func `a transaction goes from init through begin to commit, again and again`() {
    var state = state(after: [.initialise])
    for _ in 0..<3 {
      #expect(state.objection(to: .begin) == nil)
      state.succeeded(.begin)
      #expect(state.objection(to: .send) == nil)
      #expect(state.objection(to: .commit) == nil)
      state.succeeded(.commit)
      #expect(state.objection(to: .commit) != nil)
    }
  }

  @Test func `nothing is sent or committed outside a transaction`() {
    for state in [TransactionState(), state(after: [.initialise])] {
      for call in [TransactionState.Call.send, .sendOffsets, .commit, .abort] {
        #expect(state.objection(to: call) != nil)
      }
    }
  }

  @Test(arguments: [KafkaError.Recovery.abortAndReplay, .badInput, .unavailable])
  func `after a failed send only an abort is left`(recovery: KafkaError.Recovery) {
    var state = state(after: [.initialise, .begin])
    state.failed(.send, recovery)
    #expect(state.objection(to: .commit) != nil)
    #expect(state.objection(to: .send) != nil)
    #expect(state.objection(to: .abort) == nil)
    state.succeeded(.abort)
    #expect(state.objection(to: .begin) == nil)
  }

  // KAFKA-17754: reuse after an indefinite result lets a delayed EndTxn end the next transaction.
  @Test(arguments: [TransactionState.Call.commit, .abort], [KafkaError.Recovery.rebuild, .fenced, .fatal, .unavailable])
  func `after an indefinite end every call is refused for ever`(call: TransactionState.Call, recovery: KafkaError.Recovery) {
    var state = state(after: [.initialise, .begin])
    state.failed(call, recovery)
    for next in [TransactionState.Call.initialise, .begin, .send, .sendOffsets, .commit, .abort] {
      #expect(state.objection(to: next) != nil)
    }
  }

  @Test func `a producer that lost a connection in a transaction ends it, but begins no other`() {
    for end in [TransactionState.Call.commit, .abort] {
      var state = state(after: [.initialise, .begin, end])
      state.lostConnection()
      for call in [TransactionState.Call.begin, .send, .sendOffsets, .commit, .abort] {
        #expect(state.objection(to: call) != nil)
      }
    }
    var open = state(after: [.initialise, .begin])
    open.lostConnection()
    #expect(open.objection(to: .commit) == nil)
  }
}
