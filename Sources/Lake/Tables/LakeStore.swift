import Foundation
import Iceberg

/// A lake folder: the catalog `catalog.db` and the tables' files below it.
///
/// Open it in other tools with PyIceberg's `SqlCatalog("wick", uri="sqlite:///<folder>/catalog.db")`.
public final class LakeStore: Sendable {
  /// The absolute path of the folder.
  public let folder: String
  public let catalog: any Catalog
  public let files: any FileStore

  /// Opens a lake folder, made where it is missing.
  ///
  /// - Parameter durable: whether files are flushed to the disk before a commit; off only where a power cut may cost the
  ///   latest commits.
  /// - Throws: `LakeError.io` or `.unavailable`.
  public init(folder: String, durable: Bool = true) throws {
    let path = URL(fileURLWithPath: folder).standardizedFileURL.path
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw LakeError(.io, "The lake folder \(path) cannot be made", advice: "Choose a folder you may write to with --lake")
    }
    self.folder = path
    files = LocalFileStore(durable: durable)
    do {
      catalog = try SQLiteCatalog(path: path + "/catalog.db", warehouse: LocalFileStore.uri(path: path))
    } catch { throw LakeError.wrapping(error) }
  }

  /// The current state of a table; nil when there is none.
  public func table(_ identifier: TableIdentifier) throws -> Table? {
    do {
      return try catalog.load(identifier, files: files)
    } catch let error as IcebergError where error.code == .notFound {
      guard try catalog.tables(in: identifier.namespace).contains(identifier) else { return nil }
      // It may have been made between the two questions; what is still not found then is a file that is gone.
      do { return try catalog.load(identifier, files: files) } catch { throw LakeError.wrapping(error) }
    } catch { throw LakeError.wrapping(error) }
  }
}
