import Foundation

enum PEMFile {
  /// No chain of certificates is larger.
  private static let limit = 1 << 20

  static func bytes(_ path: String, _ what: String) throws(TLSIdentityError) -> [UInt8] {
    guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: limit + 1) else {
      throw TLSIdentityError("\(path), the file of \(what), cannot be read; name a file that is there and may be read")
    }
    guard data.count <= limit else { throw TLSIdentityError("\(path) is no file of \(what): it is larger than \(limit) bytes") }
    return [UInt8](data)
  }
}
