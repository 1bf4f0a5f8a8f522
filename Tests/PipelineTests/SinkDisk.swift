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
  private let candles: [String]
  private let late: [String]

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
    try scene.write("trades.csv", capture.text)
    try scene.succeed(scene.ingest(source))
    try scene.succeed(scene.queries(sql, ["--until-end", "--final"]))
    try scene.succeed(scene.sink(sql, ["--until-end"]))
    let partitions = try scene.partitions()
    let judged = capture.judged(widthMillis: 1000, graceMillis: 2000) { partitions[$0] ?? "" }
    candles = Capture.candles(judged.onTime, widthMillis: 1000)
    late = judged.late.map(\.identity)
    try check("without faults")
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
