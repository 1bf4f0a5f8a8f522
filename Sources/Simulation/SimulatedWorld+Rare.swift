import EmbeddedKafka

extension SimulatedWorld {
  /// What an exchange with the broker shows; `isLate`: nobody waits for its answer any more.
  func note(_ request: SteppedRequest, _ answer: SteppedAnswer, _ isLate: Bool) {
    if isLate { note(.requestArrivedLate) }
    switch (request, answer.code) {
    case (.endTransaction(_, _, _, commit: true), 0) where isLate: note(.lateCommitTookEffect)
    case (.commitOffsets, 22), (.commitOffsets, 25), (.commitOffsets, 27): note(.offsetsRefused)
    case (.offsets, 88): note(.offsetsUndecided)
    case (.fetch(let place, let from, _), 0) where answer.next == from:
      if let ends = broker?.ends(place), ends.stable < ends.high { note(.endHeldUp) }
    default: break
    }
  }

  /// What a committed audit row shows.
  func note(_ audit: AuditLine) {
    let states: [RareState?] = [
      nil, nil, nil, .late, .duplicate, .nullKey, .badTime, .future, .undecodable, nil, .windowClosed, nil,
    ]
    for (state, number) in zip(states, audit.numbers) where number > 0 { state.map { rare[$0] += Int(number) } }
    if audit.closesAll { note(.windowClosedOnIdle) }
  }
}
