import Foundation

/// Small files that are either the old or the new version after any crash.
enum DurableFile {
  /// The contents without surrounding white space; nil where there is no such file.
  static func read(_ path: String, _ disk: any Disk) throws(BrokerError) -> String? {
    do throws(LogError) {
      guard let bytes = try disk.contents(path) else { return nil }
      return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    } catch {
      throw BrokerError(.storage, error.message)
    }
  }

  /// Writes beside the file, syncs, renames over it and syncs the directory.
  static func write(_ text: String, to path: String, _ disk: any Disk) throws(BrokerError) {
    do throws(LogError) {
      try disk.replace(path, with: Array((text + "\n").utf8), durable: true)
    } catch {
      throw BrokerError(.storage, error.message)
    }
  }
}
