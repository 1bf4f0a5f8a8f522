@testable import EmbeddedKafka

/// Everything that must be the same however a log's state was arrived at.
struct StateDump: Equatable {
  var start: Int64
  var end: Int64
  var stable: Int64
  var producers: [Int64: ProducerTable.Producer]
  var open: [OpenTransaction]
  var aborted: [[AbortedEntry]]
  var bases: [Int64]
  var sizes: [Int]

  init(_ log: PartitionLog) {
    log.lock.lock()
    defer { log.lock.unlock() }
    start = log.startOffset
    end = log.end
    stable = log.stableEnd
    open = log.producers.open
    aborted = log.segments.map(\.aborted)
    bases = log.segments.map(\.baseOffset)
    sizes = log.segments.map(\.size)
    // When a producer was last heard of is a matter of the broker's clock, not of the log.
    producers = log.producers.producers.mapValues { producer in
      var copy = producer
      copy.lastTimestampMs = 0
      return copy
    }
  }
}
