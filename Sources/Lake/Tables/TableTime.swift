import Iceberg

/// The column that tells how new a table's rows are.
enum TableTime {
  /// In the order in which they are looked for.
  private static let names = ["event_time", "window_end", "window_start"]

  /// The column of `schema`; nil for a table without any.
  static func field(_ schema: Schema) -> Field? { names.lazy.compactMap { schema.field(named: $0) }.first }

  /// The largest time by the files' own statistics, microseconds since the epoch.
  static func newest(_ files: [DataFile], _ schema: Schema) -> Int64? {
    guard let field = field(schema) else { return nil }
    return files.compactMap { file in
      guard case .timestamptz(let micros)? = file.bounds(of: field).upper else { return nil }
      return micros
    }.max()
  }
}
