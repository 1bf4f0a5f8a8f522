import Columns
import Foundation
import SQL
import Testing
import Windows

/// Real trades with exact answers. The data lies beside the checkout; where it is absent these tests say so and pass.
@Suite struct GoldenDataTests {
  static let folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("../shared/data/derived").standardizedFileURL

  private static func isAbsent(_ test: String) -> Bool {
    if FileManager.default.fileExists(atPath: folder.path) { return false }
    print("SKIPPED \(test): no data at \(folder.path)")
    return true
  }

  private static func run(_ tool: String, _ arguments: [String], input: Data = Data()) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [tool] + arguments
    let (given, taken) = (Pipe(), Pipe())
    process.standardInput = given
    process.standardOutput = taken
    try process.run()
    given.fileHandleForWriting.write(input)
    try given.fileHandleForWriting.close()
    let output = taken.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return output
  }

  private static func lines(_ name: String) throws -> [[Substring]] {
    let path = folder.appendingPathComponent(name).path
    let data = name.hasSuffix(".gz") ? try run("gzip", ["-dc", path]) : try Data(contentsOf: URL(fileURLWithPath: path))
    return String(decoding: data, as: UTF8.self).split(separator: "\n").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
  }

  /// Decimal text as an integer of 8 digits after the point, by moving characters only.
  private static func unscaled(_ text: Substring) -> Int64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let fraction = parts.count > 1 ? String(parts[1]) : ""
    return Int64(parts[0] + (fraction + "00000000").prefix(8))
  }

  private static func decimal(_ text: String, _ scale: Int) -> String {
    let digits = String(repeating: "0", count: max(0, scale + 1 - text.count)) + text
    var fraction = String(digits.suffix(scale))
    while fraction.last == "0" { fraction.removeLast() }
    return String(digits.dropLast(scale)) + (fraction.isEmpty ? "" : "." + fraction)
  }

  private static func trades(_ set: String) throws -> [Row] {
    try lines("trades-\(set).csv.gz").enumerated().map { i, f in
      Row(
        venue: String(f[1]), symbol: String(f[2]), id: Int64(f[3]), price: unscaled(f[4]),
        quantity: unscaled(f[5]).map { Int128($0) }, side: f[8] == "0" ? "BUY" : "SELL",
        time: Int64(f[6]).map { $0 * 1000 }, offset: Int64(i))
    }
  }

  @Test(arguments: [("spot", 1000), ("spot", 60_000), ("mixed", 1000), ("mixed", 60_000)])
  func `candles equal the golden bars in every column`(_ set: String, _ width: Int64) throws {
    if Self.isAbsent("golden bars") { return }
    let run = try Harness(Trades.plan(size: width * 1000, grace: 1_000_000))
    let rows = try Self.trades(set)
    for start in stride(from: 0, to: rows.count, by: 5_000) {
      try run.process(Array(rows[start..<min(rows.count, start + 5_000)]))
      run.emit()
      if start == 15_000 { try run.restart() }
    }
    run.finish()
    let bars = run.emitted.map { line -> String in
      let f = line.split(whereSeparator: { " [,)".contains($0) }).map { String($0) }
      let prices = f[4...7].map { Self.decimal($0, 8) }
      return
        ([f[2], f[3], "\((Int64(f[0]) ?? 0) / 1000)", "\((Int64(f[1]) ?? 0) / 1000)"] + prices + [
          Self.decimal(f[8], 8), Self.decimal(f[9], 16), Self.decimal(f[10], 8), f[11], f[12], f[13],
        ]).joined(separator: ",")
    }
    let golden = try Self.lines("golden-ohlcv-\(set)-\(width)ms.csv.gz").map { $0.joined(separator: ",") }
    #expect(bars.sorted() == golden.sorted())
    #expect(run.counters.late == 0)
  }

  @Test(arguments: [1000, 100, 60_000], [0, 100, 200])
  func `late records are those of the golden watermark`(_ width: Int64, _ delay: Int64) throws {
    if Self.isAbsent("golden late records") { return }
    let expected = try Self.lines("golden-late.csv").first {
      $0[0] == "mixed" && $0[1] == "\(width)" && $0[2] == "\(delay)"
    }
    let rows = try Self.trades("mixed")
    let run = try Harness(
      Trades.plan(size: width * 1000, grace: delay * 1000, aggregates: [Trades.call(.countAll, [], .bigint)]))
    for start in stride(from: 0, to: rows.count, by: 7_001) {
      try run.process(Array(rows[start..<min(rows.count, start + 7_001)]))
    }
    let late = run.late.compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }.map { rows[$0] }
    let sorted = late.sorted { a, b in
      (a.venue ?? "", a.symbol ?? "", a.id ?? 0) < (b.venue ?? "", b.symbol ?? "", b.id ?? 0)
    }
    let identities = sorted.map { "\($0.venue ?? "")/\($0.symbol ?? "")/\($0.id ?? 0)\n" }.joined()
    let sum = String(decoding: try Self.run("sha256sum", [], input: Data(identities.utf8)), as: UTF8.self).prefix(64)
    #expect("\(late.count)" == expected.map { String($0[4]) })
    #expect(String(sum) == expected.map { String($0[5]) })
  }
}
