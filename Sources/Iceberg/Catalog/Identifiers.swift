#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Fresh ids and the wall clock.
enum Identifiers {
  /// 16 random bytes.
  static func randomBytes() -> [UInt8] { (0..<16).map { _ in UInt8.random(in: 0...255) } }

  /// A version 4 UUID in lower case.
  static func uuid() -> String {
    var bytes = randomBytes()
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    var text = ""
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text += "-" }
      text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return text
  }

  /// A positive random id that `taken` does not hold.
  static func snapshotID(_ taken: [Snapshot]) -> Int64 {
    while true {
      let id = Int64.random(in: 1...Int64.max)
      if !taken.contains(where: { $0.id == id }) { return id }
    }
  }

  /// Milliseconds since 1970-01-01T00:00:00Z.
  static func nowMillis() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
  }
}

/// The names of a table's own files, as other writers choose them.
enum MetadataNames {
  static func metadata(in folder: String, version: Int) -> String {
    "\(folder)/metadata/\(version.padded(5))-\(Identifiers.uuid()).metadata.json"
  }

  static func manifest(in folder: String, commit: String, number: Int) -> String {
    "\(folder)/metadata/\(commit)-m\(number).avro"
  }

  static func list(in folder: String, snapshotID: Int64, attempt: Int, commit: String) -> String {
    "\(folder)/metadata/snap-\(snapshotID)-\(attempt)-\(commit).avro"
  }

  static func data(in folder: String, partition: String, number: Int, writer: String) -> String {
    let base = partition.isEmpty ? "\(folder)/data" : "\(folder)/data/\(partition)"
    return "\(base)/\(number.padded(5))-0-\(writer)-00001.parquet"
  }

  /// The version in the name of a metadata file; 0 where the name does not begin with one.
  static func version(of location: String) -> Int {
    let name = location.split(separator: "/").last ?? ""
    return Int(name.prefix { $0.isNumber }) ?? 0
  }
}
