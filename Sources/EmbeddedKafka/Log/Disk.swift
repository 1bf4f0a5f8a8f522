/// The file operations a log is made of, so that tests can make them fail or lose what was not synced.
///
/// Safe to use from any thread. Every call blocks; a failure carries the path and `errno`.
package protocol Disk: Sendable {
  /// Opens a file for reading and writing, creating it where asked.
  func open(_ path: String, create: Bool) throws(LogError) -> any DiskFile
  /// The whole content, or nil where there is no such file.
  func contents(_ path: String) throws(LogError) -> [UInt8]?
  /// Names in a folder, unsorted; empty where it does not exist.
  func list(_ directory: String) throws(LogError) -> [String]
  /// Creates a folder and those above it.
  func createDirectory(_ path: String) throws(LogError)
  /// Makes creations, renames and removals in a folder survive loss of power.
  func syncDirectory(_ path: String) throws(LogError)
  /// Renames over whatever is there.
  func rename(_ from: String, to: String) throws(LogError)
  /// Removes a file; one that is not there is no error.
  func remove(_ path: String) throws(LogError)
  /// Removes an empty folder; one that is not there is no error.
  func removeDirectory(_ path: String) throws(LogError)
  /// The first failure to make something durable. The kernel may have dropped what was to be written and say nothing the next
  /// time, so from then on every sync fails with it: only a new start finds out what the disk has.
  var syncFailure: LogError? { get }
  /// Keeps a data folder for one process for as long as the result lives. Unless a disk does otherwise, by a real file.
  func lock(_ path: String) throws(LogError) -> (any AnyObject & Sendable)?
}

/// An open file; closed when the last reference goes.
package protocol DiskFile: AnyObject, Sendable {
  /// Writes two pieces one after the other at a position, in one system call where the disk takes them whole.
  func write(_ head: UnsafeRawBufferPointer, _ tail: UnsafeRawBufferPointer, at position: Int) throws(LogError)
  /// Fills as much of the buffer as the file has from a position; returns the number of bytes.
  func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(LogError) -> Int
  /// Returns once everything written has reached the disk.
  func sync() throws(LogError)
  func truncate(to size: Int) throws(LogError)
  func size() throws(LogError) -> Int
}

extension Disk {
  package var syncFailure: LogError? { nil }

  package func lock(_ path: String) throws(LogError) -> (any AnyObject & Sendable)? { try FolderLock(path) }

  /// Puts a new content in place of a file, whole or not at all.
  ///
  /// - Parameter durable: also survive loss of power; without it the new content may be torn then, so it needs a checksum.
  func replace(_ path: String, with bytes: [UInt8], durable: Bool) throws(LogError) {
    let temporary = path + ".tmp"
    try remove(temporary)
    let file = try open(temporary, create: true)
    var failure: LogError?
    bytes.withUnsafeBytes { raw in
      do throws(LogError) { try file.write(raw, UnsafeRawBufferPointer(start: nil, count: 0), at: 0) } catch { failure = error }
    }
    if let failure { throw failure }
    if durable { try file.sync() }
    try rename(temporary, to: path)
    if durable { try syncDirectory(Self.folder(of: path)) }
  }

  /// The folder that a path lies in.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
