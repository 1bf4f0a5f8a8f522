import Foundation
import Kafka
import MarketAPI
import SQL

/// Looks at queries and lags about once a second. Belongs to one thread.
struct MarketSampler {
  let feed: MarketFeed

  func run(stop: StopHandle) {
    while !stop.isStopped {
      do {
        try sample(stop)
      } catch {
        feed.state.wait(for: "kafka", because: "Kafka does not answer: \(ServeError.wrapping(error).message)")
      }
      stop.pause(milliseconds: 1000)
    }
  }

  /// With one pair of clients until one of them fails.
  private func sample(_ stop: StopHandle) throws {
    let admin = try Admin(feed.kafka, timeout: .seconds(5))
    defer { admin.close() }
    let consumer = try Consumer(feed.kafka, .init(reset: .earliest))
    // It has read nothing and owns nothing, so a close that fails loses nothing.
    defer { try? consumer.close(leavingGroup: false) }
    while !stop.isStopped {
      feed.readTopics()
      // Lags counted before the audit is read would be those of queries that never began.
      let isRead = !feed.state.isWaiting(besides: "kafka")
      feed.state.stats = try stats(admin, consumer)
      if isRead { feed.state.wait(for: "kafka", because: nil) }
      stop.pause(milliseconds: isRead ? 1000 : 100)
    }
  }

  private func stats(_ admin: Admin, _ consumer: Consumer) throws -> MarketStats {
    let control = feed.service.control.state
    let sources = Set(control.queries.map(\.plan.source.topic))
    let existing = try admin.topics()
    let names = sources.union(feed.topics).filter { existing[$0] != nil }
    let partitions = names.flatMap { name in (0..<Int32(existing[name] ?? 0)).map { TopicPartition(name, $0) } }
    let ends = partitions.isEmpty ? [:] : try consumer.offsets(.end, of: partitions)
    let ledger = feed.state.read { $0.audit }
    let application = feed.service.configuration.application
    let groups = Set(control.queries.map { $0.application(of: application) }).sorted()
    let states = Dictionary(try admin.states(ofGroups: groups).map { ($0.id, $0) }) { a, _ in a }
    var slowest: [TopicPartition: Int64] = [:]
    let queries = control.queries.map { query -> MarketStats.Query in
      let group = query.application(of: application)
      let row = ledger.row(application: group, query: query.id)
      let next = row?.next[query.plan.source.topic] ?? [:]
      var lag: Int64 = 0
      for (partition, end) in ends where partition.topic == query.plan.source.topic {
        let behind = max(0, end - (next[partition.partition] ?? 0))
        lag += behind
        slowest[partition] = max(slowest[partition] ?? 0, behind)
      }
      return MarketStats.Query(
        id: query.id, state: QueryState(states[group], isPaused: query.isPaused).rawValue, lag: lag,
        streamTime: row?.streamTime, lastCommit: row?.lastCommit)
    }
    let read = feed.nextOffsets
    let topics = names.sorted().map { name in
      let own = ends.filter { $0.key.topic == name }.sorted { $0.key.partition < $1.key.partition }
      return MarketStats.Topic(
        name: name,
        partitions: own.map { partition, end in
          let lag = sources.contains(name) ? slowest[partition] ?? 0 : max(0, end - (read[partition] ?? 0))
          return .init(partition: partition.partition, end: end, lag: lag)
        })
    }
    return MarketStats(queries: queries, topics: topics)
  }
}
