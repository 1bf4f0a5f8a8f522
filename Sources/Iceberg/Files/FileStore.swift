/// A file as a listing shows it.
public struct StoredFile: Hashable, Sendable {
  public var uri: String
  /// When it was last written, milliseconds since 1970-01-01T00:00:00Z.
  public var modifiedMillis: Int64
}

/// Where a table's files are. Files are written once, whole, and never changed.
///
/// Calls block; use a thread of your own. Implementations may be used from several threads.
public protocol FileStore: Sendable {
  /// The bytes of the file at a URI. Throws `IcebergError.notFound` or `.io`.
  func read(_ uri: String) throws -> [UInt8]
  /// Writes a new file; it is durable, and so is its name, when this returns. Throws `.alreadyExists` or `.io`.
  func create(_ uri: String, _ bytes: [UInt8]) throws
  /// Removes a file; one that is not there is fine.
  func delete(_ uri: String) throws
  /// A local path at which a data file may be written piece by piece, its folder made. Pass the URI to `seal` when it is whole.
  func localPath(forWriting uri: String) throws -> String
  /// Makes a file written at `localPath(forWriting:)`, and its name, durable.
  func seal(_ uri: String) throws
  /// The files below a folder, at any depth; none where it does not exist. Throws `.io`.
  func list(_ folder: String) throws -> [StoredFile]
  /// The path from which a data file may be read.
  func localPath(forReading uri: String) throws -> String
}
