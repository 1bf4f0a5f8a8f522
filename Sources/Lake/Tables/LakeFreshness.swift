import Iceberg

/// How new the rows of each table are, by the statistics of its data files: no file's rows are read.
public struct LakeFreshness {
  private let store: LakeStore

  public init(_ store: LakeStore) { self.store = store }

  /// The largest time of each table that has a time column and rows, microseconds since the epoch, by table name.
  public func newest() throws -> [String: Int64] {
    do {
      var times: [String: Int64] = [:]
      for identifier in try store.catalog.tables(in: nil) {
        let table = try store.catalog.load(identifier, files: store.files)
        let files = try TableScan(table).files(store.files)
        if let newest = TableTime.newest(files, table.metadata.schema) { times[identifier.description] = newest }
      }
      return times
    } catch { throw LakeError.wrapping(error) }
  }
}
