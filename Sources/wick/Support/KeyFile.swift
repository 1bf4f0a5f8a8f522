import Foundation
import MarketAPI

/// The file of the keys that are let in.
enum KeyFile {
  static func read(_ path: String) throws -> KeyRing {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw Failure(.badInput, "The file of keys \(path) cannot be read; make it with wick serve keys add.")
    }
    do { return try KeyRing(text) } catch { throw Failure(.badInput, "\(path) is no file of keys: \(error).") }
  }

  /// In one step, for its owner alone.
  static func write(_ ring: KeyRing, _ path: String) throws {
    let draft = path + ".new"
    guard FileManager.default.createFile(atPath: draft, contents: Data(ring.text.utf8), attributes: [.posixPermissions: 0o600]),
      rename(draft, path) == 0
    else { throw Failure(.badInput, "\(path) cannot be written; choose a folder you may write to with --keys.") }
  }
}
