import Synchronization

@testable import EmbeddedKafka

/// A disk in memory that knows what has been synced, so that a loss of power can be played.
///
/// The model: what was synced stays; of later writes to a file any beginning may have reached it, the last block
/// perhaps as zeros;
/// of names in a folder that were created, renamed or removed since the folder was synced, any may have kept its old state.
final class MemoryDisk: Disk {
  final class Node: @unchecked Sendable {
    var bytes: [UInt8] = []
    var synced: [UInt8] = []
  }

  struct State {
    var names: [String: Node] = [:]
    var syncedNames: [String: Node] = [:]
    var folders: Set<String> = []
    var syncs = 0
  }

  let state: Mutex<State>

  init() { state = Mutex(State()) }

  private init(_ given: State) { state = Mutex(given) }

  /// Contents by path; setting them replaces everything, as synced.
  var files: [String: [UInt8]] {
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

  /// What a machine finds after its power was gone.
  func afterPowerLoss(_ generator: inout some RandomNumberGenerator) -> MemoryDisk {
    let now = state.withLock { $0 }
    var survived = State()
    survived.folders = now.folders
    var copies: [ObjectIdentifier: Node] = [:]
    for name in Set(now.names.keys).union(now.syncedNames.keys).sorted() {
      let isNew = now.names[name] !== now.syncedNames[name]
      let node = isNew && Bool.random(using: &generator) ? now.syncedNames[name] : now.names[name]
      guard let node else { continue }
      let copy = copies[ObjectIdentifier(node)] ?? Self.tear(node, &generator)
      copies[ObjectIdentifier(node)] = copy
      survived.names[name] = copy
    }
    survived.syncedNames = survived.names
    return MemoryDisk(survived)
  }

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

  func open(_ path: String, create: Bool) throws(LogError) -> any DiskFile {
    let node: Node? = state.withLock { state in
      if state.names[path] == nil, create { state.names[path] = Node() }
      return state.names[path]
    }
    guard let node else { throw LogError(.storage, "no file \(path)", errno: 2) }
    return MemoryFile(node, self)
  }

  func contents(_ path: String) throws(LogError) -> [UInt8]? { state.withLock { $0.names[path]?.bytes } }

  func list(_ directory: String) throws(LogError) -> [String] {
    state.withLock { state in
      state.names.keys.filter { $0.hasPrefix(directory + "/") && !$0.dropFirst(directory.count + 1).contains("/") }
        .map { String($0.dropFirst(directory.count + 1)) }
    }
  }

  func createDirectory(_ path: String) throws(LogError) { state.withLock { _ = $0.folders.insert(path) } }

  func syncDirectory(_ path: String) throws(LogError) {
    state.withLock { state in
      for name in Set(state.names.keys).union(state.syncedNames.keys) where name.hasPrefix(path + "/") {
        state.syncedNames[name] = state.names[name]
      }
    }
  }

  func rename(_ from: String, to: String) throws(LogError) {
    state.withLock { state in state.names[to] = state.names.removeValue(forKey: from) }
  }

  func remove(_ path: String) throws(LogError) { state.withLock { $0.names[path] = nil } }
  func removeDirectory(_ path: String) throws(LogError) { state.withLock { _ = $0.folders.remove(path) } }
}

final class MemoryFile: DiskFile {
  private let node: MemoryDisk.Node
  private let disk: MemoryDisk

  init(_ node: MemoryDisk.Node, _ disk: MemoryDisk) {
    self.node = node
    self.disk = disk
  }

  func write(_ head: UnsafeRawBufferPointer, _ tail: UnsafeRawBufferPointer, at position: Int) throws(LogError) {
    disk.state.withLock { _ in
      let end = position + head.count + tail.count
      if node.bytes.count < end { node.bytes += [UInt8](repeating: 0, count: end - node.bytes.count) }
      node.bytes.replaceSubrange(position..<(position + head.count), with: head)
      node.bytes.replaceSubrange((position + head.count)..<end, with: tail)
    }
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
    disk.state.withLock { state in
      state.syncs += 1
      node.synced = node.bytes
    }
  }

  func truncate(to size: Int) throws(LogError) {
    disk.state.withLock { _ in
      if node.bytes.count > size { node.bytes.removeLast(node.bytes.count - size) }
    }
  }

  func size() throws(LogError) -> Int { disk.state.withLock { _ in node.bytes.count } }
}
