import Contracts
import CrashPoints
import Foundation
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
  private let admin: Admin
  private let committer: Committer
  private let batch = RecordBatch(capacity: 16_384)
  /// By the consumer's topic index.
  private var routeByIndex: [TopicRoute] = []
  private let undecodable: RejectRows
  private var pendingRows = 0
  private var lastDiscovery = ContinuousClock.now
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
    consumer = try Consumer(
      configuration.kafka,
      Consumer.Options(groupID: configuration.group, reset: .error, readsCommittedOnly: true, reportsPartitionEnd: true))
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
    guard let table = tables[identifier] else { throw LakeError(.badInput, "No topic feeds \(identifier)", advice: "Report this") }
    return table
  }

  // MARK: Reading

  func run(stop: SinkStopHandle, progress: (SinkSummary) -> Void) throws {
    try discover()
    if configuration.untilEnd { ends = try consumer.offsets(.end, of: consumer.assignment) }
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
    for end in batch.ends { routes.first { $0.topic == end.partition.topic }?.progress[Int(end.partition.partition)]?.skip(to: end.offset) }
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
    let verdict = route.progress[Int(record.partition)]?.judge(record.offset) { RecordHash.of(key: record.key, value: record.value) }
    route.settle(record.partition)
    guard verdict != .changed else {
      throw LakeError(
        .sourceChanged,
        "\(route.topic)[\(record.partition)] holds another record at offset \(record.offset) than \(route.mapping.table) was filled from",
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

  private func handOver(_ route: TopicRoute) throws {
    if let rows = route.take() { try table(route.mapping.table).write(rows) }
  }

  // MARK: Committing

  /// Commits everything read, in all tables at once.
  private func commit() throws {
    for route in routes { try handOver(route) }
    for (partition, position) in try consumer.positions() {
      guard let position else { continue }
      routes.first { $0.topic == partition.topic }?.progress[Int(partition.partition)]?.skip(to: position)
    }
    let invalid = try table(TopicTable.invalidTable)
    if undecodable.count > 0 {
      try invalid.create(.rejects)
      try invalid.write(undecodable.take())
    }
    let id = UUID().uuidString.lowercased()
    var commits: [(SinkTable, TableCommit)] = []
    for table in tables.values.sorted(by: { $0.identifier < $1.identifier }) {
      if let commit = try table.commit(ranges(of: table), id: id, cluster: cluster) { commits.append((table, commit)) }
    }
    guard !commits.isEmpty else { return }
    CrashPoint.hit("lake.commit")
    let results = try committer.commit(commits.map(\.1))
    CrashPoint.hit("lake.commit", .after)
    try finish(Array(zip(commits.map(\.0), results)))
  }

  private func ranges(of table: SinkTable) -> [String: [Int32: OffsetLedger.Entry]] {
    var ranges: [String: [Int32: OffsetLedger.Entry]] = [:]
    for route in routes where route.mapping.table == table.identifier && !route.ranges.isEmpty { ranges[route.topic] = route.ranges }
    return ranges
  }

  private func finish(_ results: [(SinkTable, CommitResult)]) throws {
    var offsets: [TopicPartition: Int64] = [:]
    for (table, result) in results {
      summary.rows[table.identifier.description, default: 0] += table.pendingRows
      try table.committed(result)
      for route in routes where route.mapping.table == table.identifier {
        for partition in route.ranges.keys {
          route.progress[Int(partition)]?.commit()
          offsets[TopicPartition(route.topic, partition)] = route.progress[Int(partition)]?.next
        }
      }
    }
    summary.commits += 1
    pendingRows = 0
    CrashPoint.hit("lake.group")
    do {
      try consumer.commit(offsets)
    } catch {
      // The tables have the truth; the group's offsets only tell other tools how far it has come.
      configuration.logger.warning("The group's offsets could not be published", metadata: ["error": "\(error)"])
    }
    CrashPoint.hit("lake.group", .after)
  }

  // MARK: Topics and tables

  private func discoverAgain() throws {
    guard !configuration.untilEnd, ContinuousClock.now - lastDiscovery > .seconds(5) else { return }
    try discover()
  }

  /// Finds topics, partitions and contracts that were not there before, and goes on reading with them.
  private func discover() throws {
    lastDiscovery = ContinuousClock.now
    var new: [(TopicRoute, TopicPartition)] = []
    for route in routes {
      guard let partitions = try admin.partitions(of: route.topic) else { continue }
      guard try prepare(route) else {
        try lacksContract(route, partitions)
        continue
      }
      new += partitions.filter { !route.isReading($0.partition) }.map { (route, $0) }
    }
    guard !new.isEmpty else { return }
    let earliest = try consumer.offsets(.earliest, of: new.map(\.1))
    let ends = try consumer.offsets(.end, of: new.map(\.1))
    var starts: [TopicPartition: StartOffset] = [:]
    for route in routes {
      for (partition, progress) in route.partitions { starts[TopicPartition(route.topic, partition)] = .at(progress.next) }
    }
    for (route, partition) in new {
      let progress = try begin(route, partition, earliest: earliest[partition] ?? 0, end: ends[partition] ?? 0)
      route.begin(partition.partition, progress)
      starts[partition] = .at(progress.start)
    }
    try consumer.assign(starts)
  }

  /// Where reading a partition begins, after what its table holds has been compared with what the topic holds.
  private func begin(_ route: TopicRoute, _ partition: TopicPartition, earliest: Int64, end: Int64) throws -> PartitionProgress {
    let ledger = try table(route.mapping.table).ledger
    if let own = ledger.cluster, own != cluster { _ = try ledger.advanced(by: [:], cluster: cluster) }
    let entry = ledger[partition.topic, partition.partition]
    if let entry, entry.end > end {
      throw LakeError(
        .sourceChanged, "\(route.mapping.table) holds \(partition) up to offset \(entry.end), and the topic ends at \(end)",
        advice: "The topic was made anew or lost records; fill a new lake folder, or bring the old topic back")
    }
    if let entry, entry.end < earliest {
      throw LakeError(
        .sourceChanged, "\(partition) no longer has the offsets \(entry.end)..<\(earliest), which \(route.mapping.table) lacks",
        advice: "Lengthen the topic's retention; to go on without these records, fill a new lake folder")
    }
    return PartitionProgress(entry: entry, earliest: earliest)
  }

  /// Makes a route's table and decoder ready; false while the topic's contract is not registered.
  private func prepare(_ route: TopicRoute) throws -> Bool {
    let table = try table(route.mapping.table)
    if !table.exists {
      if case .rejects = route.mapping.kind {
        try table.create(.rejects)
      } else {
        guard let schema = try schemas.latest(subject: "\(route.topic)-value") else { return false }
        try table.create(try TableLayout(route.mapping.kind, schema))
      }
    }
    if let schema = table.schema, !route.isReady { try route.prepare(for: schema) }
    return true
  }

  /// A topic without a contract is left alone until it gets one; with records in it, that is worth a word, or with `untilEnd` an end.
  private func lacksContract(_ route: TopicRoute, _ partitions: [TopicPartition]) throws {
    let earliest = try consumer.offsets(.earliest, of: partitions)
    let ends = try consumer.offsets(.end, of: partitions)
    guard partitions.contains(where: { (earliest[$0] ?? 0) < (ends[$0] ?? 0) }) else { return }
    let error = LakeError(
      .badInput, "The topic \(route.topic) has records, and the subject \(route.topic)-value is not registered",
      advice: "Register its contract")
    if configuration.untilEnd { throw error }
    configuration.logger.warning("\(error)")
  }
}
