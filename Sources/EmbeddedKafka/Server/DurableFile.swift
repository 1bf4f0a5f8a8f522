import Foundation

/// Small files that are either the old or the new version after any crash.
enum DurableFile {
  /// The contents without surrounding white space; nil where there is no such file.
  static func read(_ path: String) throws(BrokerError) -> String? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      return try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    } catch {
      throw BrokerError(.storage, "\(path) cannot be read: \(error)")
    }
  }

  /// Writes beside the file, syncs, renames over it and syncs the directory.
  static func write(_ text: String, to path: String) throws(BrokerError) {
    let temporary = path + ".tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("created", temporary) }
    defer { close(descriptor) }
    let bytes = Array((text + "\n").utf8)
    guard writeAll(descriptor, bytes) else { throw failure("written", temporary) }
    guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw failure("replaced", path) }
    try syncDirectory((path as NSString).deletingLastPathComponent)
  }

  private static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) } == bytes.count
  }

  private static func syncDirectory(_ path: String) throws(BrokerError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("opened", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("synced", path) }
  }

  private static func failure(_ what: String, _ path: String) -> BrokerError {
    BrokerError(.storage, "\(path) cannot be \(what): \(String(cString: strerror(errno)))")
  }
}
