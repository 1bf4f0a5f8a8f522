import Columns
import SQL

/// Remembers which records were seen, by identity, until no window can count them any more.
///
/// An identity is split in two: its last whole-number column is the id, kept in ranges; the other columns are the key.
/// Identities without such a column are all key, with id 0. Ids are kept per key and bucket of event time, and a bucket is
/// dropped once `bucket end <= stream time - retention`. A copy carries the event time of its original, so it finds the
/// same bucket. A NULL in the identity makes a record incomparable: it passes.
struct Deduplicator {
  private struct Bucket {
    var key: Int32
    var start: Int64
    var ids = IDRanges()
    var isDirty = false
    var isPersisted = false
  }

  private struct Place: Hashable {
    var key: Int32
    var start: Int64
  }

  private let keys: GroupIndex
  private let idNode: Int?
  private let retention: Int64
  private let size: Int64
  private var buckets: [Bucket] = []
  private var places: [Place: Int] = [:]
  /// Buckets by start, so that expiry looks at nothing that stays.
  private var byStart: [Int64: [Int]] = [:]
  private var starts = EndHeap()
  private var free: [Int] = []
  private var dirty: [Int] = []
  private var removed: [StateEntry] = []
  /// The bucket each key used last.
  private var recent: [Int32] = []
  // The current batch.
  private var rowKeys: [Int32] = []
  private var ids: [Int64] = []
  private var idMask = 0
  private var validIDs: [Bool]?

  init(_ source: SourcePlan, graph: ExpressionGraph, retention: Int64) throws(WindowsError) {
    guard source.deduplicateBy.allSatisfy({ source.columns.indices.contains($0) }) else {
      throw .unsupported("DEDUPLICATE_BY names no column")
    }
    guard retention >= 0, retention <= WindowRule.longest else { throw .unsupported("DEDUPLICATE_WITHIN of over 1000 years") }
    let id = source.deduplicateBy.last { source.columns[$0].type.isWhole }
    var nodes: [Int] = []
    var types: [SQLType] = []
    for column in source.deduplicateBy where column != id {
      types.append(source.columns[column].type)
      nodes.append(try graph.register(.column(column, source.columns[column].type)))
    }
    idNode = try Self.node(id, source, graph)
    keys = GroupIndex(nodes: nodes, types: types)
    self.retention = retention
    // Sixteen buckets to a retention: dropping late by one of them costs a sixteenth more memory.
    size = Swift.min(Swift.max(retention / 16 / 1_000_000, 1), 3600) * 1_000_000
  }

  private static func node(_ column: Int?, _ source: SourcePlan, _ graph: ExpressionGraph) throws(WindowsError) -> Int? {
    guard let column else { return nil }
    return try graph.register(.column(column, source.columns[column].type))
  }

  mutating func begin(_ graph: ExpressionGraph, batch: Int) {
    rowKeys = keys.groups(graph, batch: batch)
    let vector = idNode.map { graph.value($0) }
    ids = vector?.int64s ?? [0]
    idMask = vector == nil ? 0 : -1
    validIDs = vector?.validity
  }

  /// Whether the row is a copy; if not it is remembered.
  mutating func isDuplicate(_ row: Int, _ time: Int64, streamTime: Int64) -> Bool {
    let key = rowKeys[row]
    guard key >= 0, validIDs?[row] ?? true else { return false }
    let start = time - time % size
    // Too old to judge: its bucket is gone, and to open a new one would make the answer depend on what came before.
    guard start + size > streamTime - retention else { return false }
    let index = bucket(key, start)
    if !buckets[index].ids.insert(ids[row & idMask]) { return true }
    if !buckets[index].isDirty {
      buckets[index].isDirty = true
      dirty.append(index)
    }
    return false
  }

  private mutating func bucket(_ key: Int32, _ start: Int64) -> Int {
    while recent.count <= Int(key) { recent.append(-1) }
    let known = Int(recent[Int(key)])
    if known >= 0, buckets[known].key == key, buckets[known].start == start { return known }
    let index = places[Place(key: key, start: start)] ?? open(key, start)
    recent[Int(key)] = Int32(index)
    return index
  }

  private mutating func open(_ key: Int32, _ start: Int64) -> Int {
    let index: Int
    if let reused = free.popLast() {
      buckets[reused] = Bucket(key: key, start: start)
      index = reused
    } else {
      buckets.append(Bucket(key: key, start: start))
      index = buckets.count - 1
    }
    places[Place(key: key, start: start)] = index
    if byStart[start] == nil { starts.setHead(start, 0) }
    byStart[start, default: []].append(index)
    return index
  }

  /// Drops the buckets that have ended.
  mutating func expire(streamTime: Int64) {
    while let start = starts.smallest, start + size <= streamTime - retention {
      _ = starts.pop()
      for index in byStart.removeValue(forKey: start) ?? [] { close(index) }
    }
    if keys.count > 1 << 16, keys.count > 4 * places.count { renumber() }
  }

  private mutating func close(_ index: Int) {
    let bucket = buckets[index]
    if bucket.isPersisted { removed.append(StateEntry(key: encodedKey(bucket), value: nil)) }
    places[Place(key: bucket.key, start: bucket.start)] = nil
    // A key of -1 keeps `recent` and `dirty` from taking the empty bucket for the old one.
    buckets[index] = Bucket(key: -1, start: 0)
    free.append(index)
  }

  /// Gives the keys still in use new numbers and forgets the rest: identities without an id column are all different.
  private mutating func renumber() {
    let live = places.values.sorted()
    let names = live.map { keyBytes(buckets[$0].key) }
    keys.reset()
    places = [:]
    recent = []
    for (index, name) in zip(live, names) {
      buckets[index].key = keys.group(of: name)
      places[Place(key: buckets[index].key, start: buckets[index].start)] = index
    }
  }

  private func keyBytes(_ key: Int32) -> [UInt8] { keys.keys.withBytes(key) { Array($0) } }

  /// `d`, bucket size, bucket start, key.
  private func encodedKey(_ bucket: Bucket) -> [UInt8] {
    var key = [UInt8(ascii: "d")]
    KeyCodec.appendInt64(size, to: &key)
    KeyCodec.appendInt64(bucket.start, to: &key)
    return key + keyBytes(bucket.key)
  }

  mutating func takeDirty() -> [StateEntry] {
    var entries = removed
    removed.removeAll()
    for index in dirty where buckets[index].isDirty {
      buckets[index].isDirty = false
      buckets[index].isPersisted = true
      var writer = StateWriter()
      writer.byte(1)
      buckets[index].ids.encode(&writer)
      entries.append(StateEntry(key: encodedKey(buckets[index]), value: writer.bytes))
    }
    dirty.removeAll(keepingCapacity: true)
    return entries
  }

  mutating func restore(key: [UInt8], value: [UInt8]?) throws(WindowsError) {
    var reader = StateReader(Array(key.dropFirst()))
    let size = Int64(bitPattern: try reader.bigEndian() ^ 1 << 63)
    let start = Int64(bitPattern: try reader.bigEndian() ^ 1 << 63)
    guard size == self.size else {
      throw .corruptState("identities were kept in buckets of another size; DEDUPLICATE_WITHIN or a window has changed")
    }
    guard start >= 0, start <= SourceStage.latestTime, start % size == 0 else { throw .corruptState("a broken bucket") }
    let name = reader.rest()
    try validate(name)
    let group = keys.group(of: name)
    guard let value else {
      if let index = places[Place(key: group, start: start)] { drop(index) }
      return
    }
    var content = StateReader(value)
    guard try content.byte() == 1 else { throw .corruptState("an unknown version of a source's state") }
    let ids = try IDRanges(&content)
    guard content.isAtEnd else { throw .corruptState("bytes after its end") }
    let index = bucket(group, start)
    buckets[index].ids = ids
    buckets[index].isPersisted = true
  }

  private mutating func drop(_ index: Int) {
    byStart[buckets[index].start]?.removeAll { $0 == index }
    buckets[index].isPersisted = false
    close(index)
  }

  private func validate(_ name: [UInt8]) throws(WindowsError) {
    var reader = KeyReader(name)
    for type in keys.types {
      var unused = ColumnBuilder(type, dictionary: StringDictionary())
      try reader.read(type, into: &unused)
    }
    guard reader.isAtEnd else { throw .corruptState("a key of other columns") }
  }
}
