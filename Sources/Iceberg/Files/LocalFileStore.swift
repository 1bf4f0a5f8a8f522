#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Synchronization

/// Files on a local disk, under `file://` URIs.
///
/// Names are made durable by `fsync` of file and folder before a commit may point to them.
public final class LocalFileStore: FileStore {
  /// Whether files and folders are flushed to the disk; off only where losing the latest commits to a power cut does not matter.
  public let durable: Bool
  /// Folders whose own entries are known to be durable.
  private let knownFolders = Mutex<Set<String>>([])

  public init(durable: Bool = true) { self.durable = durable }

  /// The URI of an absolute path.
  public static func uri(path: String) -> String { "file://" + path }

  /// The path of a `file:` URI or of an absolute path. Throws `IcebergError.unsupported` for another scheme.
  public static func path(_ uri: String) throws -> String {
    if uri.hasPrefix("file://") { return String(uri.dropFirst(7)) }
    if uri.hasPrefix("file:/") { return String(uri.dropFirst(5)) }
    guard uri.hasPrefix("/") else { throw IcebergError(.unsupported, "\(uri) is not on the local file system.") }
    return uri
  }

  public func read(_ uri: String) throws -> [UInt8] {
    let path = try Self.path(uri)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let missing = errno == ENOENT
      throw Self.failure(missing ? .notFound : .io, "opened", path)
    }
    defer { close(descriptor) }
    let size = Int(lseek(descriptor, 0, SEEK_END))
    guard size >= 0, lseek(descriptor, 0, SEEK_SET) == 0 else { throw Self.failure(.io, "measured", path) }
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = unistdRead(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
        if got < 0, errno == EINTR { continue }
        guard got > 0 else {
          failed = got < 0
          return
        }
        count += got
      }
    }
    guard !failed else { throw Self.failure(.io, "read", path) }
    return bytes
  }

  public func create(_ uri: String, _ bytes: [UInt8]) throws {
    let path = try Self.path(uri)
    try makeFolder(Self.folder(path))
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      let present = errno == EEXIST
      throw Self.failure(present ? .alreadyExists : .io, "created", path)
    }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.failure(.io, "written", path) }
      written += count
    }
    guard !durable || fsync(descriptor) == 0 else { throw Self.failure(.io, "flushed", path) }
    try syncFolder(Self.folder(path))
  }

  public func delete(_ uri: String) throws {
    let path = try Self.path(uri)
    guard unlink(path) == 0 || errno == ENOENT else { throw Self.failure(.io, "deleted", path) }
  }

  public func localPath(forWriting uri: String) throws -> String {
    let path = try Self.path(uri)
    try makeFolder(Self.folder(path))
    return path
  }

  public func localPath(forReading uri: String) throws -> String { try Self.path(uri) }

  public func list(_ folder: String) throws -> [StoredFile] {
    let path = try Self.path(folder)
    guard let directory = opendir(path) else {
      if errno == ENOENT { return [] }
      throw Self.failure(.io, "listed", path)
    }
    defer { closedir(directory) }
    var found: [StoredFile] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        tuple.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      guard name != ".", name != ".." else { continue }
      var status = stat()
      // Another process may remove what was listed a moment ago.
      guard lstat("\(path)/\(name)", &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        found += try list("\(folder)/\(name)")
      } else if status.st_mode & S_IFMT == S_IFREG {
        let millis = Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000
        found.append(StoredFile(uri: "\(folder)/\(name)", modifiedMillis: millis))
      }
    }
    return found
  }

  public func seal(_ uri: String) throws {
    guard durable else { return }
    let path = try Self.path(uri)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(.io, "opened", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw Self.failure(.io, "flushed", path) }
    try syncFolder(Self.folder(path))
  }

  private static func folder(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
    return String(path[..<slash])
  }

  /// Makes a folder and those above it, each durable in its parent.
  private func makeFolder(_ path: String) throws {
    if knownFolders.withLock({ $0.contains(path) }) { return }
    if mkdir(path, 0o755) != 0 {
      if errno == ENOENT, path != "/" {
        try makeFolder(Self.folder(path))
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw Self.failure(.io, "made", path) }
      } else if errno != EEXIST {
        throw Self.failure(.io, "made", path)
      }
    }
    if path != "/" { try syncFolder(Self.folder(path)) }
    _ = knownFolders.withLock { $0.insert(path) }
  }

  private func syncFolder(_ path: String) throws {
    guard durable else { return }
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(.io, "opened", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw Self.failure(.io, "flushed", path) }
  }

  private static func failure(_ code: IcebergError.Code, _ verb: String, _ path: String) -> IcebergError {
    let number = errno
    return IcebergError(code, "\(path) could not be \(verb): \(String(cString: strerror(number))) (errno \(number)).")
  }
}

/// `read(2)`, which the method of the same name would hide.
private func unistdRead(_ descriptor: Int32, _ buffer: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int {
  read(descriptor, buffer, count)
}
