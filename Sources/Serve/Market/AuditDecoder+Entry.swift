import Kafka
import MarketAPI

extension AuditDecoder.Row {
  /// The row as an entry of the ledger; nil for one of somebody else.
  ///
  /// - Parameters:
  ///   - application: of the workers; queries of the prompt run as `<application>-<id>`, and all others are not shown.
  ///   - timestamp: the record's, milliseconds.
  func entry(of application: String, timestamp: Int64) -> AuditEntry? {
    guard self.application == application || self.application.hasPrefix("\(application)-") else { return nil }
    let count = Dictionary(uniqueKeysWithValues: zip(AuditDecoder.countNames, counts))
    func sum(_ names: String...) -> Int64 { names.reduce(0) { $0 + (count[$1] ?? 0) } }
    return AuditEntry(
      application: self.application, query: query, topic: partition.topic, partition: partition.partition, from: from, to: to,
      input: sum("consumed"), inWindows: sum("aggregated"), filtered: sum("filtered"), late: sum("late"),
      duplicate: sum("duplicate"), invalid: sum("null_key", "bad_time", "future", "undecodable", "overflow"),
      streamTime: streamTime.map { $0 / 1000 }, committedAt: committedAt.map { $0 / 1000 } ?? timestamp)
  }
}
