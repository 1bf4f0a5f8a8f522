import Foundation
import Iceberg
import Kafka
import Lake
import TestSupport

#if canImport(Glibc)
  import Glibc
#endif

/// `wick sink` dies while it fills a new lake, several tables at once, and is started again.
final class SinkStage: CrashStage {
  let name = "sink, new lake"
  private let input: CrashInput
  /// Topics that stay as they are, for one lake after the other.
  private var prepared: (scene: Scene, sql: String)?

  init(input: CrashInput) { self.input = input }

  func play(_ spot: CrashSpot?) throws -> Played {
    var played = Played()
    let (scene, sql) = try prepare(&played)
    try scene.removeLake()
    let arming = Arming(scene, spot)
    let process = try scene.start(scene.sink(sql, ["--until-end"]), environment: arming.environment)
    try arming.end(process, &played)
    try scene.checkReferences(&played)
    try scene.finish(scene.sink(sql, ["--until-end"]), &played)
    try scene.checkTrades(input, &played)
    try scene.checkCandles(input, CrashInput.queries, &played)
    return played
  }

  private func prepare(_ played: inout Played) throws -> (scene: Scene, sql: String) {
    if let prepared { return prepared }
    let scene = try Scene()
    let sql = try scene.writeSQL(CrashInput.queries)
    try scene.finish(scene.ingest(scene.write("trades.csv", input.text)), &played)
    try scene.finish(scene.queries(sql, ["--until-end", "--final"]), &played)
    prepared = (scene, sql)
    return (scene, sql)
  }
}

/// `wick sink` dies between commits to tables that exist and keep but one earlier version, while trades come in.
struct LiveSinkStage: CrashStage {
  let name = "sink, live"
  let input: CrashInput

  func play(_ spot: CrashSpot?) throws -> Played {
    var played = Played()
    let scene = try Scene()
    let sql = try scene.writeSQL([.second])
    let source = try scene.write("trades.csv", input.beginning)
    try scene.finish(scene.ingest(source), &played)
    try scene.finish(scene.sink(sql, ["--until-end"]), &played)
    try scene.keepOneVersion(of: "bronze.trades")
    try scene.write("trades.csv", input.text)
    let arming = Arming(scene, spot)
    let ingest = try scene.start(scene.ingest(source, ["--rate", "500"]))
    let process = try scene.start(scene.sink(sql, ["--commit-interval", "10"]), environment: arming.environment)
    try arming.wait(process) { ingest.exitCode != nil }
    if process.exitCode == nil { process.send(SIGTERM) }
    try arming.end(process, &played)
    played.expect(ingest.wait(seconds: 30) == 0, "ingest: \(ingest.output)\(ingest.errors)")
    try scene.checkReferences(&played)
    try scene.finish(scene.sink(sql, ["--until-end"]), &played)
    try scene.checkTrades(input, &played)
    return played
  }
}

extension Scene {
  func removeLake() throws {
    if FileManager.default.fileExists(atPath: lake) { try FileManager.default.removeItem(atPath: lake) }
  }

  func keepOneVersion(of table: String) throws {
    let store = try LakeStore(folder: lake)
    let commit = try TableCommit(table: TableIdentifier(table), commitID: "one version") { _ in
      [TableProperty.previousVersionsMax: "1"]
    }
    _ = try Committer(catalog: store.catalog, files: store.files).commit([commit])
  }

  /// Whatever a table refers to after a crash is there and whole, and holds no record twice.
  func checkReferences(_ played: inout Played) throws {
    guard FileManager.default.fileExists(atPath: "\(lake)/catalog.db") else { return }
    let store = try LakeStore(folder: lake)
    for identifier in try store.catalog.tables(in: nil) {
      guard let table = try store.table(identifier) else { continue }
      for file in try TableScan(table).files(store.files) {
        let path = try store.files.localPath(forReading: file.path)
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64
        played.expect(size == file.fileSize, "\(identifier) refers to \(path), which is \(size ?? -1) bytes long")
      }
      try checkOrigins(["\(identifier)"], &played)
    }
  }
}
