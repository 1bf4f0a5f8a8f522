import Kafka
import SQL
import Streams
import Values

extension QueryService {
  /// The lateness of every late record of a query, milliseconds; empty where it has no topic of them yet. Blocks.
  func lateness(of plan: QueryPlan) throws -> [Int64] {
    guard plan.aggregation != nil, try topics()[plan.sink.lateTopic] != nil else { return [] }
    var found: [Int64] = []
    try TopicReading(kafka: configuration.kafka, topics: [plan.sink.lateTopic]).run(
      stop: StopHandle(), onEnd: { .done },
      onRecord: { _, _, headers in
        let headers = headers()
        func text(_ name: String) -> String? {
          headers.last { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
        }
        // Records that still counted in another window are not lost.
        guard text("wick.query") == plan.id, text("wick.partial") == nil,
          let value = text("wick.lateness_ms").flatMap({ Double($0) })
        else { return .more }
        found.append(Int64(value.rounded(.up)))
        return .more
      })
    return found
  }
}
