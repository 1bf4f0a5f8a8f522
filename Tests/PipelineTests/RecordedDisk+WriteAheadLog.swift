extension RecordedDisk {
  /// How many transactions a process committed to the write-ahead log of an SQLite database, and which of them, counted
  /// from 0, it did not sync before it did anything else to that log: until then a loss of power takes them back.
  ///
  /// A frame of the log is a header of 24 bytes and a page; a header whose second number, the size of the database, is not zero
  /// ends a transaction. Source: "WAL-mode File Format", sqlite.org/walformat.html.
  func commits(toLogOf database: String) -> (made: Int, unsynced: [Int]) {
    let log = calls.filter { $0.path.hasSuffix("/\(database)-wal") }
    var made = 0
    var unsynced: [Int] = []
    for (index, call) in log.enumerated() {
      guard call.name == "write", call.bytes.count == 24, call.bytes[4..<8].contains(where: { $0 != 0 }) else { continue }
      // Its page comes between.
      if index + 2 >= log.count || log[index + 2].name != "fsync" { unsynced.append(made) }
      made += 1
    }
    return (made, unsynced)
  }
}
