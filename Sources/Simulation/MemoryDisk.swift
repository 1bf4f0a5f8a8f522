import EmbeddedKafka
import Synchronization

/// A disk in memory that knows what has been synced, so that a loss of power can be played.
///
/// The model: what was synced stays; of later writes to a file any beginning may have reached it, the last block
/// perhaps as zeros;
/// of names in a folder that were created, renamed or removed since the folder was synced, any may have kept its old state.
package final class MemoryDisk: Disk {
  final class Node: @unchecked Sendable {
    var bytes: [UInt8] = []
    var synced: [UInt8] = []
  }

  struct State {
    var names: [String: Node] = [:]
    var syncedNames: [String: Node] = [:]
    var folders: Set<String> = []
    var syncs = 0
    /// Changes until the disk fails for good; nil for never.
    var budget: Int?
    /// Syncs are answered and not done.
    var isLying = false

    /// Takes note of one change. False once the machine is gone.
    mutating func spend() -> Bool {
      guard let left = budget else { return true }
      guard left > 0 else { return false }
      budget = left - 1
      return true
    }
  }

  let state: Mutex<State>

  package init() { state = Mutex(State()) }

  private init(_ given: State) { state = Mutex(given) }

  /// Contents by path; setting them replaces everything, as synced.
  package var files: [String: [UInt8]] {
    get { state.withLock { $0.names.mapValues(\.bytes) } }
    set {
      state.withLock { state in
        state.names = newValue.mapValues { bytes in
          let node = Node()
          node.bytes = bytes
          node.synced = bytes
          return node
        }
        state.syncedNames = state.names
      }
    }
  }

  /// Files of which a loss of power took writes, and of those the ones that kept a part of what was not synced.
  package struct Loss {
    package var lost = 0
    package var torn = 0
  }

  /// What a machine finds after its power was gone.
  package func afterPowerLoss(_ generator: inout some RandomNumberGenerator) -> MemoryDisk {
    losingPower(&generator).survivor
  }

  /// What a machine finds after its power was gone, and what it cost.
  package func losingPower(_ generator: inout some RandomNumberGenerator) -> (survivor: MemoryDisk, loss: Loss) {
    var loss = Loss()
    let now = state.withLock { $0 }
    var survived = State()
    survived.folders = now.folders
    var copies: [ObjectIdentifier: Node] = [:]
    for name in Set(now.names.keys).union(now.syncedNames.keys).sorted() {
      let isNew = now.names[name] !== now.syncedNames[name]
      let node = isNew && Bool.random(using: &generator) ? now.syncedNames[name] : now.names[name]
      guard let node else { continue }
      let copy = copies[ObjectIdentifier(node)] ?? Self.tear(node, &generator)
      if copy.bytes != node.bytes {
        loss.lost += 1
        if copy.bytes != node.synced { loss.torn += 1 }
      }
      copies[ObjectIdentifier(node)] = copy
      survived.names[name] = copy
    }
    survived.syncedNames = survived.names
    return (MemoryDisk(survived), loss)
  }

  /// A copy with everything as it is, synced or not: what the next process finds after the last one was killed.
  package func afterCrash() -> MemoryDisk {
    let now = state.withLock { $0 }
    var next = State()
    next.folders = now.folders
    var copies: [ObjectIdentifier: Node] = [:]
    func copy(_ node: Node) -> Node {
      if let known = copies[ObjectIdentifier(node)] { return known }
      let made = Node()
      (made.bytes, made.synced) = (node.bytes, node.synced)
      copies[ObjectIdentifier(node)] = made
      return made
    }
    next.names = now.names.mapValues(copy)
    next.syncedNames = now.syncedNames.mapValues(copy)
    return MemoryDisk(next)
  }

  /// Lets so many changes through and then fails for good, in the middle of a step.
  package func fail(after changes: Int) { state.withLock { $0.budget = changes } }

  /// Whether that has happened.
  package var hasFailed: Bool { state.withLock { $0.budget == 0 } }

  /// Answers syncs from now on without doing them.
  package func lie() { state.withLock { $0.isLying = true } }

  package func lock(_ path: String) throws(LogError) -> (any AnyObject & Sendable)? { nil }

  private func change(_ body: (inout State) -> Void) throws(LogError) {
    let isAlive = state.withLock { state in
      let isAlive = state.spend()
      if isAlive { body(&state) }
      return isAlive
    }
    guard isAlive else { throw Self.gone }
  }

  fileprivate static let gone = LogError(.storage, "the machine is gone", errno: 5)

  private static func tear(_ node: Node, _ generator: inout some RandomNumberGenerator) -> Node {
    let copy = Node()
    copy.bytes = node.synced
    let common = zip(node.bytes, node.synced).prefix { $0 == $1 }.count
    if common < max(node.bytes.count, node.synced.count), node.bytes.count >= node.synced.count {
      let end = Int.random(in: common...node.bytes.count, using: &generator)
      copy.bytes = Array(node.bytes[..<end]) + Array(node.synced[min(end, node.synced.count)...])
      if Bool.random(using: &generator), end > common {
        for index in Int.random(in: common..<end, using: &generator)..<end { copy.bytes[index] = 0 }
      }
    } else if node.bytes.count < node.synced.count, Bool.random(using: &generator) {
      copy.bytes = node.bytes
    }
    copy.synced = copy.bytes
    return copy
  }

  package func open(_ path: String, create: Bool) throws(LogError) -> any DiskFile {
    let node: Node? = state.withLock { state in
      if state.names[path] == nil, create, state.spend() { state.names[path] = Node() }
      return state.names[path]
    }
    guard let node else { throw LogError(.storage, "no file \(path)", errno: 2) }
    return MemoryFile(node, self)
  }

  package func contents(_ path: String) throws(LogError) -> [UInt8]? { state.withLock { $0.names[path]?.bytes } }

  package func list(_ directory: String) throws(LogError) -> [String] {
    let (prefix, slash) = ("\(directory)/", UInt8(ascii: "/"))
    return state.withLock { state in
      state.names.keys.compactMap { name in
        guard name.hasPrefix(prefix) else { return nil }
        let rest = name.utf8.dropFirst(prefix.utf8.count)
        return rest.contains(slash) ? nil : String(rest)
      }
    }
  }

  package func createDirectory(_ path: String) throws(LogError) { try change { _ = $0.folders.insert(path) } }

  package func syncDirectory(_ path: String) throws(LogError) {
    try change { state in
      if state.isLying { return }
      let prefix = path + "/"
      for name in state.syncedNames.keys where name.hasPrefix(prefix) && state.names[name] == nil {
        state.syncedNames[name] = nil
      }
      for (name, node) in state.names where name.hasPrefix(prefix) { state.syncedNames[name] = node }
    }
  }

  package func rename(_ from: String, to: String) throws(LogError) {
    try change { state in state.names[to] = state.names.removeValue(forKey: from) }
  }

  package func remove(_ path: String) throws(LogError) { try change { $0.names[path] = nil } }
  package func removeDirectory(_ path: String) throws(LogError) { try change { _ = $0.folders.remove(path) } }
}

final class MemoryFile: DiskFile {
  private let node: MemoryDisk.Node
  private let disk: MemoryDisk

  init(_ node: MemoryDisk.Node, _ disk: MemoryDisk) {
    self.node = node
    self.disk = disk
  }

  func write(_ head: UnsafeRawBufferPointer, _ tail: UnsafeRawBufferPointer, at position: Int) throws(LogError) {
    let isAlive = disk.state.withLock { state in
      guard state.spend() else { return false }
      let end = position + head.count + tail.count
      if node.bytes.count < end { node.bytes += [UInt8](repeating: 0, count: end - node.bytes.count) }
      node.bytes.replaceSubrange(position..<(position + head.count), with: head)
      node.bytes.replaceSubrange((position + head.count)..<end, with: tail)
      return true
    }
    guard isAlive else { throw MemoryDisk.gone }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(LogError) -> Int {
    disk.state.withLock { _ in
      let count = max(0, min(buffer.count, node.bytes.count - position))
      node.bytes.withUnsafeBytes { raw in
        guard count > 0 else { return }
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: raw[position..<(position + count)]))
      }
      return count
    }
  }

  func sync() throws(LogError) {
    let isAlive = disk.state.withLock { state in
      guard state.spend() else { return false }
      state.syncs += 1
      if !state.isLying { node.synced = node.bytes }
      return true
    }
    guard isAlive else { throw MemoryDisk.gone }
  }

  func truncate(to size: Int) throws(LogError) {
    let isAlive = disk.state.withLock { state in
      guard state.spend() else { return false }
      if node.bytes.count > size { node.bytes.removeLast(node.bytes.count - size) }
      return true
    }
    guard isAlive else { throw MemoryDisk.gone }
  }

  func size() throws(LogError) -> Int { disk.state.withLock { _ in node.bytes.count } }
}
