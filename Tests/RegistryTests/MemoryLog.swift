import EmbeddedKafka
import Synchronization

/// A log in memory.
final class MemoryLog: RegistryLog {
  struct Entry: Equatable {
    let key: [UInt8]
    let value: [UInt8]?
  }

  struct Refused: Error {}

  private let store = Mutex<[Entry]>([])
  private let broken = Mutex(false)

  init(_ entries: [Entry] = []) { store.withLock { $0 = entries } }

  var entries: [Entry] { store.withLock { $0 } }

  /// What compaction leaves: the last record of each key; tombstones go as well.
  var compacted: MemoryLog {
    let all = entries
    let last = all.indices.filter { index in !all[(index + 1)...].contains { $0.key == all[index].key } }
    return MemoryLog(last.map { all[$0] }.filter { $0.value != nil })
  }

  func refuseWrites(_ refuses: Bool = true) { broken.withLock { $0 = refuses } }
  /// A record that got into the log although its writer was told otherwise.
  func add(_ entry: Entry) { store.withLock { $0.append(entry) } }

  func append(key: [UInt8], value: [UInt8]?) throws {
    if broken.withLock({ $0 }) { throw Refused() }
    store.withLock { $0.append(Entry(key: key, value: value)) }
  }

  func replay(_ body: (_ key: [UInt8], _ value: [UInt8]?) throws -> Void) throws {
    for entry in entries { try body(entry.key, entry.value) }
  }
}
