import Foundation
import TestSupport
import Testing

/// A sink that fills a lake on a disk that fails at one call, and is started again.
///
/// Run 0 makes the lake; run 1 adds to one that holds the first half.
final class SinkDisk {
  let scene: Scene
  let sql: String
  private let capture: Capture
  private let half: String
  private var candles: [String] = []
  private var late: [String] = []
  /// What the whole lake holds.
  private var whole: [String: [LakeRow]] = [:]
  /// How many rows it holds before run 0 and run 1, and after them.
  private(set) var rowsBefore = [0, 0]
  private(set) var rowsAfter = 0

  init(_ random: inout SeededGenerator) throws {
    scene = try Scene(alone: true)
    capture = Capture.random(400, &random)
    sql = try scene.writeSQL([.second])
    half = scene.path("half")
    let source = try scene.write("trades.csv", Capture(rows: Array(capture.rows.prefix(200))).text)
    try scene.succeed(scene.ingest(source))
    try scene.succeed(scene.queries(sql, ["--until-end"]))
    try scene.succeed(scene.sink(sql, ["--until-end"]))
    try Self.replace(half, with: scene.lake)
    for table in Self.tables { rowsBefore[1] += try rows(table).count }
    try scene.write("trades.csv", capture.text)
    try scene.succeed(scene.ingest(source))
    try scene.succeed(scene.queries(sql, ["--until-end", "--final"]))
    try scene.succeed(scene.sink(sql, ["--until-end"]))
    let partitions = try scene.partitions()
    let judged = capture.judged(widthMillis: 1000, graceMillis: 2000) { partitions[$0] ?? "" }
    candles = Capture.candles(judged.onTime, widthMillis: 1000)
    late = judged.late.map(\.identity)
    try check("without faults")
    for table in Self.tables { whole[table] = try rows(table) }
    rowsAfter = whole.values.reduce(0) { $0 + $1.count }
  }

  private static func replace(_ target: String, with source: String) throws {
    if FileManager.default.fileExists(atPath: target) { try FileManager.default.removeItem(atPath: target) }
    try FileManager.default.copyItem(atPath: source, toPath: target)
  }

  /// Brings the lake to where `run` begins.
  func prepare(_ run: Int) throws -> FaultyDisk {
    if run == 1 {
      try Self.replace(scene.lake, with: half)
    } else if FileManager.default.fileExists(atPath: scene.lake) {
      try FileManager.default.removeItem(atPath: scene.lake)
    }
    return try FaultyDisk(under: scene.lake, scratch: scene.folder)
  }

  /// Runs the sink to its end with a fault; nil where it did not end.
  func sink(_ environment: [String: String]) throws -> Finished {
    let process = try scene.start(scene.sink(sql, ["--until-end"]), environment: environment)
    guard let code = process.wait(seconds: 60) else {
      process.kill9()
      throw Scene.Broken(description: "the sink did not end: \(process.errors)")
    }
    return Finished(code: code, output: process.output, errors: process.errors)
  }

  /// The calls of a run without faults.
  func calls(_ run: Int) throws -> [FaultyDisk.Call] {
    let disk = try prepare(run)
    let finished = try sink(disk.environment())
    #expect(finished.code == 0, "\(finished.errors)")
    return try disk.calls()
  }

  /// Starts the sink again, and expects every row once.
  func settle(_ what: String) throws {
    let finished = try sink([:])
    #expect(finished.code == 0, "\(what), started again: \(finished.errors)")
    try check(what)
  }

  /// Runs the sink while its calls are recorded, and hands back the disk as it was before the first.
  func record(_ run: Int) throws -> RecordedDisk {
    let disk = try prepare(run)
    let finished = try sink(disk.recording())
    #expect(finished.code == 0, "\(finished.errors)")
    return try RecordedDisk(disk.record, root: scene.lake, origin: run == 1 ? half : nil)
  }

  /// How many rows the lake holds. Expects them to be the first of each partition, each once, with nothing between them missing.
  func rowsAfterPowerLoss(_ what: String) throws -> Int {
    var count = 0
    for table in Self.tables {
      let found = try rows(table)
      count += found.count
      for (partition, rows) in Dictionary(grouping: found, by: \.partition) {
        let all = (whole[table] ?? []).filter { $0.partition == partition }
        #expect(rows == Array(all.prefix(rows.count)), "\(what): \(table), \(partition)")
      }
    }
    return count
  }

  private static let tables = ["bronze.trades", "silver.candles", "bronze.late"]

  private struct LakeRow: Equatable {
    let partition: String
    let offset: Int64
    let rest: [String]
  }

  /// By offset.
  private func rows(_ table: String) throws -> [LakeRow] {
    let columns = ["_topic", "_partition", "_offset"] + (table == "silver.candles" ? ["symbol", "close"] : ["trade_id"])
    return try LakeRows(scene.lake, table, columns).rows.map { row in
      guard let offset = Int64(row[2]) else { throw LakeRows.Wrong() }
      return LakeRow(partition: "\(row[0])/\(row[1])", offset: offset, rest: Array(row[3...]))
    }.sorted { $0.offset < $1.offset }
  }

  private func check(_ what: String) throws {
    expectSame(try scene.trades(), capture.trades, "\(what): trades")
    expectSame(try scene.candles("1s"), candles, "\(what): candles")
    expectSame(try scene.late("1s"), late, "\(what): late records")
    for table in ["bronze.trades", "silver.candles"] {
      let origins = try scene.origins(table)
      #expect(Set(origins).count == origins.count, "\(what): \(table) holds a record twice")
    }
  }
}
