import Foundation
import Market
import TestSupport
import Testing

@testable import Venues

@Suite struct FileSourceTests {
  private let row = "1723161254087896568,spot,BTCUSDT,%ld,61837.63,0.02,1723161255342,1723161255343,1\n"
  private let header = "recv_ns,market,symbol,trade_id,price,qty,trade_time_ms,event_time_ms,buyer_is_maker\n"

  private func withFile<R>(_ bytes: [UInt8], name: String = "trades.csv", _ body: (String) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("wick-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent(name).path
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try body(path)
  }

  private func rows(_ ids: Range<Int>) -> String { ids.map { String(format: row, $0) }.joined() }

  private func gzip(_ text: String) throws -> [UInt8] {
    try withFile(Array(text.utf8)) { path in
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["gzip", "-c", path]
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let data = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return Array(data)
    }
  }

  private func readAll(_ source: FileSource, lineLimit: Int = 1000) throws -> ([Int64], [RejectReason]) {
    var trades: [Trade] = []
    var rejects: [FileSource.Reject] = []
    while try source.read(lineLimit: lineLimit, trades: &trades, rejects: &rejects) {}
    return (trades.map(\.tradeID), rejects.map(\.reason))
  }

  @Test func `every row of a plain and of a compressed file comes once, in order`() throws {
    let text = header + rows(0..<30_000)
    for bytes in [Array(text.utf8), try gzip(text), try gzip(header + rows(0..<10_000)) + gzip(rows(10_000..<30_000))] {
      try withFile(bytes) { path in
        let source = try FileSource(.init(path: path), receivedNow: 0)
        let (ids, rejects) = try readAll(source, lineLimit: 777)
        #expect(ids == (0..<30_000).map(Int64.init))
        #expect(rejects.isEmpty)
        #expect(source.lineNumber == 30_001)
      }
    }
  }

  @Test func `a resumed run goes on at the line it is told`() throws {
    try withFile(Array((header + rows(0..<100)).utf8)) { path in
      for position in [0, 1, 2, 3, 50, 101, 500] as [Int64] {
        let source = try FileSource(.init(path: path), receivedNow: 0)
        try source.skip(toLine: position)
        #expect(
          try readAll(source).0 == (max(0, position - 1)..<max(100, position - 1)).prefix(while: { $0 < 100 }).map { Int64($0) })
      }
    }
  }

  @Test func `a compressed file that breaks off gives all its whole lines and one reject`() throws {
    var generator = SeededGenerator.forTest("varied rows")
    let text =
      header
      + (0..<5000).map { String(format: row, Int.random(in: 0..<1_000_000_000, using: &generator) * 10 + $0 % 10) }.joined()
    let whole = try gzip(text)
    try withFile(Array(whole.prefix(whole.count * 2 / 3))) { path in
      let source = try FileSource(.init(path: path), receivedNow: 0)
      let (ids, rejects) = try readAll(source)
      #expect(rejects == [.truncated])
      #expect(source.isTruncated)
      #expect(ids.count > 2000 && ids.count < 5000)
    }
  }

  @Test func `bad lines are kept with their number and the rest goes on`() throws {
    let text =
      header + rows(0..<2) + "rubbish\n\n" + rows(2..<3) + String(repeating: "x", count: LineReader.maximumLength + 5000) + "\n"
      + rows(3..<5)
    try withFile(Array(text.utf8)) { path in
      let source = try FileSource(.init(path: path), receivedNow: 0)
      var trades: [Trade] = []
      var rejects: [FileSource.Reject] = []
      while try source.read(lineLimit: 2, trades: &trades, rejects: &rejects) {}
      #expect(trades.map(\.tradeID) == [0, 1, 2, 3, 4])
      #expect(rejects.map(\.reason) == [.fieldCount, .lineTooLong])
      #expect(rejects.map(\.lineNumber) == [4, 7])
      #expect(rejects.first?.bytes == Array("rubbish".utf8))
    }
  }

  @Test(arguments: [
    ("trades.csv", Array("hello world\n".utf8)), ("trades.csv", []), ("trades.csv.gz", Array("plain text\n".utf8)),
    ("trades.csv", [0x50, 0x4b, 0x03, 0x04, 0, 0]), ("trades.csv", [0x1f, 0x8b, 8, 0, 0]),
    ("x.bin", [UInt8](repeating: 0, count: 4096)),
  ])
  func `a file that is not what it claims is refused in one sentence`(name: String, bytes: [UInt8]) throws {
    try withFile(bytes, name: name) { path in
      _ = #expect(throws: VenueError.self) { try FileSource(.init(path: path), receivedNow: 0) }
    }
  }

  @Test func `the simulator gives the same trades for the same seed, and each id once but for its duplicates`() {
    func run(_ seed: UInt64) -> [Trade] {
      var simulator = Simulator(.init(seed: seed, count: 5000, duplicates: 0.01, late: 0.01))
      var trades: [Trade] = []
      while let trade = simulator.next() { trades.append(trade) }
      return trades
    }
    let first = run(42)
    #expect(first == run(42))
    #expect(first != run(43))
    let identities = Set(first.map { "\($0.symbol)/\($0.tradeID)" })
    #expect(identities.count == 5000)
    #expect(first.count > 5000)
    #expect(zip(first, first.dropFirst()).contains { $0.eventTime > $1.eventTime })
    #expect(zip(first, first.dropFirst()).allSatisfy { $0.receivedTime <= $1.receivedTime })
  }
}
