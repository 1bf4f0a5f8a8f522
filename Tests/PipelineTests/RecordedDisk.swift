import Foundation
import TestSupport

/// What a process did to the files of one folder, call by call, and what a loss of power leaves of it.
///
/// The model is harsher than most file systems: of what was written to a file since its last sync any calls may have reached the
/// disk, in any choice, each perhaps only up to a sector; of names that were made, moved or removed since their folder was synced
/// any may have kept their old state. What was synced stays.
struct RecordedDisk {
  struct Call {
    let name: String
    let path: String
    /// Of a rename.
    let target: String
    let position: Int
    let bytes: [UInt8]
  }

  private final class Node {
    var synced: [UInt8] = []
    /// Writes and truncations since then.
    var pending: [Call] = []
    let isFolder: Bool

    init(isFolder: Bool) { self.isFolder = isFolder }
  }

  static let sector = 512

  let calls: [Call]
  private let root: String
  private var names: [String: Node] = [:]
  private var syncedNames: [String: Node] = [:]
  private(set) var made = 0

  /// - Parameters:
  ///   - record: what the library wrote; see Tests/DiskFaults/disk_faults.c.
  ///   - root: the folder, as it was when the process started: everything in it counts as synced.
  ///   - origin: where a copy of that state is.
  init(_ record: URL, root: String, origin: String?) throws {
    calls = try Self.parse(Data(contentsOf: record))
    // The library resolves links, as /tmp may be one.
    self.root = URL(fileURLWithPath: root).resolvingSymlinksInPath().path
    guard let origin, let files = FileManager.default.enumerator(atPath: origin) else { return }
    for case let name as String in files {
      let path = "\(origin)/\(name)"
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      let node = Node(isFolder: isFolder.boolValue)
      if !node.isFolder { node.synced = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))) }
      names["\(self.root)/\(name)"] = node
    }
    syncedNames = names
  }

  private static func parse(_ data: Data) throws -> [Call] {
    var calls: [Call] = []
    var rest = data[...]
    while !rest.isEmpty {
      let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
      let fields = String(decoding: rest[..<end], as: UTF8.self).split(separator: " ", maxSplits: 3).map(String.init)
      guard end < rest.endIndex, fields.count == 4, let position = Int(fields[1]), let size = Int(fields[2]) else {
        throw Scene.Broken(description: "not a recorded call: \(fields)")
      }
      let paths = fields[3].split(separator: "\t").map(String.init)
      let bytes = rest[(end + 1)...].prefix(size)
      calls.append(
        Call(
          name: fields[0], path: paths[0], target: paths.count > 1 ? paths[1] : "", position: position, bytes: [UInt8](bytes)))
      rest = rest[bytes.endIndex...]
    }
    return calls
  }

  /// Makes the next call. False after the last one.
  mutating func step() throws -> Bool {
    guard made < calls.count else { return false }
    let call = calls[made]
    made += 1
    switch call.name {
    case "create": names[call.path] = Node(isFolder: false)
    case "mkdir": names[call.path] = Node(isFolder: true)
    case "unlink": names[call.path] = nil
    case "rename": names[call.target] = names.removeValue(forKey: call.path)
    case "write", "truncate": names[call.path]?.pending.append(call)
    case "fsync": sync(call.path)
    default: throw Scene.Broken(description: "the model does not know \(call.name)")
    }
    return true
  }

  private mutating func sync(_ path: String) {
    guard path == root || names[path]?.isFolder == true else {
      guard let node = names[path] else { return }
      node.synced = node.pending.reduce(into: node.synced) { Self.apply($1, $1.bytes.count, &$0) }
      node.pending = []
      return
    }
    for name in Set(names.keys).union(syncedNames.keys) where Self.folder(name) == path { syncedNames[name] = names[name] }
  }

  private static func folder(_ path: String) -> String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }

  private static func apply(_ call: Call, _ count: Int, _ bytes: inout [UInt8]) {
    if call.name == "truncate" {
      bytes =
        bytes.count > call.position
        ? Array(bytes[..<call.position]) : bytes + [UInt8](repeating: 0, count: call.position - bytes.count)
      return
    }
    let end = call.position + count
    if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
    bytes.replaceSubrange(call.position..<end, with: call.bytes[..<count])
  }

  /// Writes to `folder` what a machine may find after its power went at this moment. Returns how many files lost something.
  func losePower(into folder: String, _ random: inout SeededGenerator) throws -> Int {
    if FileManager.default.fileExists(atPath: folder) { try FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var losses = 0
    var gone: Set<String> = []
    for name in Set(names.keys).union(syncedNames.keys).sorted() {
      let isChanged = names[name] !== syncedNames[name]
      let node = isChanged && Bool.random(using: &random) ? syncedNames[name] : names[name]
      // Folders come before what is in them.
      guard let node, !gone.contains(Self.folder(name)) else {
        gone.insert(name)
        losses += names[name] == nil ? 0 : 1
        continue
      }
      let path = folder + name.dropFirst(root.count)
      if node.isFolder {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      } else {
        if !node.pending.isEmpty { losses += 1 }
        try Data(Self.torn(node, &random)).write(to: URL(fileURLWithPath: path))
      }
    }
    return losses
  }

  private static func torn(_ node: Node, _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = node.synced
    let share = Int.random(in: 0...4, using: &random)
    for call in node.pending where Int.random(in: 0..<4, using: &random) < share {
      var count = call.bytes.count
      if count > 0, Int.random(in: 0..<4, using: &random) == 0 {
        count = min(count, Int.random(in: 0...count / sector, using: &random) * sector)
      }
      apply(call, count, &bytes)
    }
    return bytes
  }
}
