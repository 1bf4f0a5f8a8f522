import Contracts
import Iceberg
import Kafka
import Logging

/// One run of a sink, from the tables' ledgers on. Owned by one thread.
final class SinkRun {
  let configuration: SinkConfiguration
  let store: LakeStore
  let schemas: any SchemaSource
  let consumer: Consumer
  let cluster: String
  var summary: SinkSummary
  private(set) var routes: [TopicRoute] = []
  private(set) var tables: [TableIdentifier: SinkTable] = [:]
  let admin: Admin
  let committer: Committer
  private let batch = RecordBatch(capacity: 16_384)
  /// By the consumer's topic index.
  private var routeByIndex: [TopicRoute] = []
  let undecodable: RejectRows
  var pendingRows = 0
  var lastDiscovery = ContinuousClock.now
  private var ends: [TopicPartition: Int64] = [:]

  /// Rows handed to a Parquet writer at a time: enough to be quick, few enough to stay in the cache.
  private static let handOverRows = 65_536

  init(_ configuration: SinkConfiguration, schemas: any SchemaSource, summary: SinkSummary) throws {
    self.configuration = configuration
    self.summary = summary
    store = try LakeStore(folder: configuration.lake, durable: configuration.durable)
    self.schemas = schemas
    committer = Committer(catalog: store.catalog, files: store.files)
    admin = try Admin(configuration.kafka)
    cluster = try admin.clusterID()
    let partitions = try admin.topics()
    consumer = try ReadAhead.consumer(
      configuration.kafka,
      Consumer.Options(groupID: configuration.group, reset: .error, readsCommittedOnly: true, reportsPartitionEnd: true),
      partitions: configuration.mappings.reduce(0) { $0 + (partitions[$1.topic] ?? 0) })
    undecodable = RejectRows { id throws(ContractError) in try schemas.schema(id: id) }
    for mapping in configuration.mappings {
      routes.append(TopicRoute(mapping, schemas: schemas))
      try addTable(mapping.table)
    }
    try addTable(TopicTable.invalidTable)
  }

  private func addTable(_ identifier: TableIdentifier) throws {
    if tables[identifier] == nil { tables[identifier] = try SinkTable(identifier, store: store, committer: committer) }
  }

  /// Frees the clients.
  func close() {
    batch.clear()
    do { try consumer.close() } catch {
      configuration.logger.warning("The consumer did not close cleanly", metadata: ["error": "\(error)"])
    }
    admin.close()
  }

  func table(_ identifier: TableIdentifier) throws -> SinkTable {
    guard let table = tables[identifier] else {
      throw LakeError(.badInput, "No topic feeds \(identifier)", advice: "Report this")
    }
    return table
  }

  func run(stop: StopHandle, progress: (SinkSummary) -> Void) throws {
    try discover()
    if configuration.untilEnd { ends = try Consumer.highWatermarks(of: consumer.assignment, configuration.kafka) }
    var deadline = ContinuousClock.now + configuration.commitInterval
    while !stop.isStopped, !hasReachedEnds() {
      try poll()
      if pendingRows >= configuration.commitRows || ContinuousClock.now >= deadline {
        if pendingRows > 0 {
          try commit()
          progress(summary)
        }
        try discoverAgain()
        deadline = ContinuousClock.now + configuration.commitInterval
      }
    }
    try commit()
    progress(summary)
  }

  private func hasReachedEnds() -> Bool {
    guard configuration.untilEnd else { return false }
    return routes.allSatisfy { route in
      route.partitions.allSatisfy { partition, progress in progress.next >= ends[TopicPartition(route.topic, partition)] ?? 0 }
    }
  }

  private func poll() throws {
    guard !consumer.assignment.isEmpty else {
      Blocking.pause(milliseconds: 100)
      return
    }
    try consumer.poll(into: batch, timeout: .milliseconds(100))
    let records = batch.records
    for index in records.indices {
      let record = records[index]
      try take(record, index, try route(record.topic))
    }
    try remember(records)
    for end in batch.ends {
      routes.first { $0.topic == end.partition.topic }?.progress[Int(end.partition.partition)]?.skip(to: end.offset)
    }
    for route in routes where route.rowCount >= Self.handOverRows { try handOver(route) }
  }

  @inline(__always)
  private func route(_ index: Int32) throws -> TopicRoute {
    if Int(index) < routeByIndex.count { return routeByIndex[Int(index)] }
    // Topics are numbered as they are first seen, and only topics of routes are read.
    for name in consumer.topics[routeByIndex.count...] {
      guard let route = routes.first(where: { $0.topic == name }) else {
        throw LakeError(.badInput, "Records of \(name) came, which was not asked for", advice: "Report this")
      }
      routeByIndex.append(route)
    }
    return routeByIndex[Int(index)]
  }

  @inline(__always)
  private func take(_ record: RecordView, _ index: Int, _ route: TopicRoute) throws {
    guard try isNew(record, route) else { return }
    do {
      try route.append(record, index, of: batch)
    } catch {
      try takeBroken(record, index, route, error)
    }
    route.progress[Int(record.partition)]?.take(record.offset)
    pendingRows += 1
    summary.consumed += 1
  }

  @inline(__always)
  private func isNew(_ record: RecordView, _ route: TopicRoute) throws -> Bool {
    guard record.offset < route.newFrom[Int(record.partition)] else { return true }
    return try judge(record, route)
  }

  @inline(never)
  private func judge(_ record: RecordView, _ route: TopicRoute) throws -> Bool {
    let verdict = route.progress[Int(record.partition)]?.judge(record.offset) {
      RecordHash.of(key: record.key, value: record.value)
    }
    route.settle(record.partition)
    guard verdict != .changed else {
      throw LakeError(
        .sourceChanged,
        "\(route.topic)[\(record.partition)] holds another record at \(record.offset) than \(route.mapping.table) was filled from",
        advice: "The topic was made anew; fill a new lake folder, or bring the old topic back")
    }
    return verdict == .new
  }

  /// A record that could not be taken: wait for the registry, give the table its new columns, or set the record aside.
  @inline(never)
  private func takeBroken(_ record: RecordView, _ index: Int, _ route: TopicRoute, _ error: any Error) throws {
    guard let error = error as? ContractError else { throw error }
    guard error.isRetriable else {
      try undecodable.append(record, topic: route.topic, facts: RejectFacts(reason: "undecodable"), decodes: false)
      // `take` counts the record after this; the rejection belongs to it.
      route.progress[Int(record.partition)]?.reject()
      summary.undecodable += 1
      return
    }
    guard !route.missingColumns.isEmpty else { throw error }
    try addMissingColumns(route)
    do {
      try route.append(record, index, of: batch)
    } catch { try takeBroken(record, index, route, error) }
  }

  private func addMissingColumns(_ route: TopicRoute) throws {
    let table = try table(route.mapping.table)
    let columns = route.missingColumns
    for other in routes where other.mapping.table == table.identifier { try handOver(other) }
    try table.add(columns)
    guard let schema = table.schema else { return }
    for other in routes where other.mapping.table == table.identifier { try other.prepare(for: schema) }
    configuration.logger.info(
      "A contract brought new columns", metadata: ["table": "\(table.identifier)", "columns": "\(columns.map(\.name))"])
  }

  /// Keeps the hash of the last record of each partition: the next run recognises the topic by it.
  private func remember(_ records: UnsafeBufferPointer<RecordView>) throws {
    var seen: Set<TopicIndexAndPartition> = []
    for record in records.reversed() {
      guard seen.insert(.init(topic: record.topic, partition: record.partition)).inserted else {
        if seen.count == consumer.assignment.count { break }
        continue
      }
      let route = try route(record.topic)
      route.progress[Int(record.partition)]?.remember(record.offset, RecordHash.of(key: record.key, value: record.value))
      route.settle(record.partition)
    }
  }

  private struct TopicIndexAndPartition: Hashable {
    var topic: Int32
    var partition: Int32
  }

  func handOver(_ route: TopicRoute) throws {
    if let rows = route.take() { try table(route.mapping.table).write(rows) }
  }
}
