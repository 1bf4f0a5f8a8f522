import Columns

extension AccumulatorSet {
  /// Adds all that the window at `from` holds to the window at `into`: afterwards that is the window of the rows of both.
  /// False, and nothing is changed, when a sum would not stay within its limit. Only for a layout made to be mergeable.
  mutating func merge(_ from: Int32, into: Int32, _ store: inout WindowStore) -> Bool {
    let (source, target) = (store.words + Int(from) * layout.stride, store.words + Int(into) * layout.stride)
    for i in layout.accumulators.indices where !canMerge(i, source + layout.offsets[i], target + layout.offsets[i]) {
      return false
    }
    guard layout.collectors.isEmpty || collected.canMerge(from, into: into) else { return false }
    for i in layout.accumulators.indices {
      merge(i, source + layout.offsets[i], isSet: source[1] & 1 << Int64(i) != 0, target)
    }
    target[0] &+= source[0]
    for index in 0..<store.nullWidth {
      store.setNullCount(into, index, store.nullCount(into, index) &+ store.nullCount(from, index))
    }
    if !layout.collectors.isEmpty { mergeCollectors(from, into: into) }
    return true
  }

  /// The same for a window of another query.
  mutating func merge(
    _ from: Int32, of other: WindowedAggregation, into: Int32, _ store: inout WindowStore, _ map: RollUp.Map
  ) -> Bool {
    let source = other.store.words + Int(from) * other.layout.stride
    let target = store.words + Int(into) * layout.stride
    let parts = map.accumulators.enumerated().filter { $0.element >= 0 }
      .map { (own: $0.offset, index: $0.element, words: source + other.layout.offsets[$0.element]) }
    for part in parts where !canMerge(part.own, part.words, target + layout.offsets[part.own]) { return false }
    for (own, index) in map.collectors.enumerated() where !collected.canMerge(other, index, from, own, into: into) {
      return false
    }
    for part in parts {
      let isSet = source[1] & 1 << Int64(part.index) != 0
      if layout.accumulators[part.own].form == .text {
        mergeText(part.own, part.words, isSet: isSet, target, other.dictionary)
      } else {
        merge(part.own, part.words, isSet: isSet, target)
      }
    }
    target[0] &+= source[0]
    for (own, index) in map.nulls.enumerated() where index >= 0 {
      store.setNullCount(into, own, store.nullCount(into, own) &+ other.store.nullCount(from, index))
    }
    for (own, index) in map.collectors.enumerated() { collected.merge(other, index, from, own, into: into) }
    return true
  }

  /// Merges words that begin with a code of another dictionary.
  private func mergeText(
    _ i: Int, _ from: Words, isSet: Bool, _ target: Words, _ other: StringDictionary
  ) {
    let count = layout.accumulators[i].words
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: count) { words in
      for k in 0..<count { words[k] = from[k] }
      if words[0] >= 0, words[0] < Int64(other.count) {
        words[0] = Int64(other.withBytes(Int32(words[0])) { dictionary.code(of: $0) })
      }
      if let base = words.baseAddress { merge(i, base, isSet: isSet, target) }
    }
  }

  private func canMerge(_ i: Int, _ source: Words, _ target: Words) -> Bool {
    switch layout.accumulators[i].kind {
    case .sum(let limit):
      let (a, b) = (AccumulatorKernels.wide(source), AccumulatorKernels.wide(target))
      let (sum, overflow) = a.pointee.addingReportingOverflow(b.pointee)
      return !overflow && (sum.magnitude < limit || (sum.magnitude == limit && sum < 0 && limit == 1 << 63))
    case .squares:
      let (a, b) = (AccumulatorKernels.wide(source), AccumulatorKernels.wide(target))
      return !AccumulatorKernels.squareSum(a).adding(AccumulatorKernels.squareSum(b)).overflow
    default: return true
    }
  }

  private func merge(_ i: Int, _ from: Words, isSet: Bool, _ target: Words) {
    let accumulator = layout.accumulators[i]
    let into = target + layout.offsets[i]
    switch accumulator.kind {
    case .sum: AccumulatorKernels.wide(into).pointee &+= AccumulatorKernels.wide(from).pointee
    case .squares:
      let (a, b) = (AccumulatorKernels.wide(from), AccumulatorKernels.wide(into))
      let sum = AccumulatorKernels.squareSum(b).adding(AccumulatorKernels.squareSum(a)).sum
      (b[0], b[1]) = (Int128(bitPattern: sum.low), Int128(bitPattern: sum.high))
    case .sumDouble: into[0] = Self.word(Self.double(into[0]) + Self.double(from[0]))
    case .welford: mergeDeviations(from, into)
    case .minimum, .maximum: mergeExtreme(accumulator, from, into)
    case .first, .last: mergeOrdered(i, accumulator, from, isSet: isSet, target)
    // Of rows that merely came first or last nothing says which part they belong before.
    case .earliest, .latest: break
    }
  }

  private static func double(_ word: Int64) -> Double { Double(bitPattern: UInt64(bitPattern: word)) }
  private static func word(_ value: Double) -> Int64 { Int64(bitPattern: value.bitPattern) }

  /// Chan's update of count, mean and sum of squared deviations.
  private func mergeDeviations(_ from: Words, _ into: Words) {
    guard from[0] > 0 else { return }
    let (n, m) = (Double(into[0]), Double(from[0]))
    let delta = Self.double(from[1]) - Self.double(into[1])
    into[2] = Self.word(Self.double(into[2]) + Self.double(from[2]) + delta * delta * n * m / (n + m))
    into[1] = Self.word(Self.double(into[1]) + delta * m / (n + m))
    into[0] &+= from[0]
  }

  private func mergeExtreme(_ accumulator: Accumulator, _ from: Words, _ into: Words) {
    let isMaximum = accumulator.kind == .maximum
    switch accumulator.form {
    case .wide:
      let (a, b) = (AccumulatorKernels.wide(from), AccumulatorKernels.wide(into))
      b.pointee = isMaximum ? Swift.max(a.pointee, b.pointee) : Swift.min(a.pointee, b.pointee)
    case .text:
      guard from[0] >= 0 else { return }
      guard into[0] >= 0 else { return into[0] = from[0] }
      let order = dictionary.withBytes(Int32(from[0])) { a in
        dictionary.withBytes(Int32(into[0])) { b in ByteOrder.compare(a, b) }
      }
      if isMaximum ? order > 0 : order < 0 { into[0] = from[0] }
    default: into[0] = isMaximum ? Swift.max(from[0], into[0]) : Swift.min(from[0], into[0])
    }
  }

  private func mergeOrdered(
    _ i: Int, _ accumulator: Accumulator, _ from: Words, isSet: Bool, _ target: Words
  ) {
    let bit = Int64(1) << Int64(i)
    let into = target + layout.offsets[i]
    var isBetter = false
    for k in accumulator.valueWords..<accumulator.words where from[k] != into[k] {
      isBetter = (from[k] > into[k]) == (accumulator.kind == .last)
      guard isBetter else { return }
      break
    }
    // Orders like those of an empty record: the bit says which of the two is one.
    if !isBetter, !isSet || target[1] & bit != 0 { return }
    for k in 0..<accumulator.words { into[k] = from[k] }
    target[1] = target[1] & ~bit | (isSet ? bit : 0)
  }
}
