import Foundation
import Iceberg
import Lake
import TestSupport

/// `wick lake maintain` dies while it merges files, forgets snapshots and removes what is left over, and is started again.
final class MaintenanceStage: CrashStage {
  let name = "maintenance"
  private let input: CrashInput
  /// A lake of many small files, as a copy to begin from; paths in it are absolute, so it is always put back in its place.
  private var prepared: (scene: Scene, sql: String, copy: String)?

  init(input: CrashInput) { self.input = input }

  private static let options = [
    "--keep-snapshots", "1", "--keep-for", "0", "--orphans-after", "0", "--minimum-files", "2",
  ]

  func play(_ spot: CrashSpot?) throws -> Played {
    var played = Played()
    let (scene, sql, copy) = try prepare(&played)
    try scene.removeLake()
    try FileManager.default.copyItem(atPath: copy, toPath: scene.lake)
    let arming = Arming(scene, spot)
    let maintain = ["lake", "maintain", "--lake", scene.lake] + Self.options
    try arming.end(try scene.start(maintain, environment: arming.environment), &played)
    try scene.checkReferences(&played)
    try scene.checkTrades(input, &played)
    try scene.finish(maintain, &played)
    // Nothing is left over, and the sink has nothing to add.
    try scene.finish(maintain, &played)
    try scene.checkReferences(&played)
    try checkRest(scene, &played)
    try scene.finish(scene.sink(sql, ["--until-end"]), &played)
    try scene.checkTrades(input, &played)
    return played
  }

  private func prepare(_ played: inout Played) throws -> (scene: Scene, sql: String, copy: String) {
    if let prepared { return prepared }
    let scene = try Scene()
    let sql = try scene.writeSQL([.second])
    let lines = input.text.split(separator: "\n", omittingEmptySubsequences: false)
    for part in 1...2 {
      let some = lines.prefix(lines.count * part / 2).joined(separator: "\n") + (part < 2 ? "\n" : "")
      try scene.finish(scene.ingest(scene.write("trades.csv", some)), &played)
      try scene.finish(scene.sink(sql, ["--until-end"]), &played)
    }
    let copy = scene.path("many-files")
    try FileManager.default.copyItem(atPath: scene.lake, toPath: copy)
    prepared = (scene, sql, copy)
    return (scene, sql, copy)
  }

  /// One file of each partition, one snapshot, and no file that nothing refers to.
  private func checkRest(_ scene: Scene, _ played: inout Played) throws {
    let store = try LakeStore(folder: scene.lake)
    let table = try store.catalog.load(TableIdentifier("bronze", "trades"), files: store.files)
    let files = try TableScan(table).files(store.files)
    played.expect(files.count == Set(files.map(\.partition)).count, "\(files.count) files are left")
    played.expect(table.metadata.snapshots.count == 1, "\(table.metadata.snapshots.count) snapshots are left")
    let reachable = try ReachableFiles(table.metadata.snapshots, of: table.metadata, files: store.files)
    let known = reachable.metadata.union(reachable.data).union(table.metadata.metadataLog.map(\.file))
      .union([table.metadataLocation])
    let listed = Set(try store.files.list(table.metadata.location).map(\.uri))
    played.expectSame(listed.sorted(), known.sorted(), "files of bronze.trades")
  }
}
