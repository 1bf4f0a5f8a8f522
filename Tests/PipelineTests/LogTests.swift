import Foundation
import TestSupport
import Testing

/// What processes write to standard error.
@Suite struct `Logs of processes` {
  /// The log lines among what a process complained of; everything else must be what it says to a person.
  private func lines(_ errors: String, _ location: SourceLocation = #_sourceLocation) throws -> [[String: Any]] {
    try errors.split(separator: "\n").filter { !$0.hasPrefix("wick: ") }.map {
      try #require(
        JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any], "\($0)", sourceLocation: location)
    }
  }

  private func commits(_ lines: [[String: Any]], _ logger: String) -> [[String: Any]] {
    lines.filter { $0["logger"] as? String == logger && $0["message"] as? String == "committed" }.compactMap {
      $0["level"] as? String == "debug" ? $0["metadata"] as? [String: Any] : nil
    }
  }

  private func total(_ commits: [[String: Any]], _ name: String) -> Int { commits.reduce(0) { $0 + ($1[name] as? Int ?? 0) } }

  @Test func `in a pipe every line is an object, each commit is told of at debug, and no value of a trade`() throws {
    let scene = try Scene(alone: true)
    let sql = try scene.writeSQL([.second])
    var random = SeededGenerator.forTest("logs")
    let capture = Capture.random(400, &random)
    let source = try scene.write("trades.csv", capture.text + "no trade, 98765.4321\n")
    let commands = [
      scene.ingest(source), scene.queries(sql, ["--until-end", "--final"]), scene.sink(sql, ["--until-end"]),
    ]
    let finished = try commands.map { arguments in
      let process = try scene.start(arguments, environment: ["WICK_LOG": "debug"])
      #expect(process.wait(seconds: 120) == 0, "\(process.errors)")
      return process.errors
    }
    let (ingest, queries, sink) = (try lines(finished[0]), try lines(finished[1]), try lines(finished[2]))
    for (role, all) in [("ingest", ingest), ("run", queries), ("sink", sink)] {
      #expect(!all.isEmpty && all.allSatisfy { $0["role"] as? String == role && $0["pid"] is Int && $0["time"] is String })
    }
    #expect(total(commits(ingest, "wick.ingest"), "records") == 400 && total(commits(ingest, "wick.ingest"), "rejects") == 1)
    let worked = commits(queries, "wick.streams")
    #expect(total(worked, "records") == 400 && worked.allSatisfy { $0["epoch"] is Int && $0["offsets"] is [String: String] })
    let rows = commits(sink, "wick.sink").compactMap { $0["rows"] as? [String: Int] }
    #expect(rows.reduce(0) { $0 + ($1["bronze.trades"] ?? 0) } == 400)
    let told = finished.joined()
    #expect(!told.contains("98765.4321"))
    for row in capture.rows {
      #expect(!told.contains(Exact.text(row.price, scale: 8)), "\(row)")
    }
  }

  @Test func `threads that log at once keep their lines whole, and WICK_LOG_FORMAT decides`() throws {
    let scene = try Scene(alone: true)
    let sql = try scene.writeSQL([.second, .minute])
    var random = SeededGenerator.forTest("log threads")
    try scene.succeed(scene.ingest(scene.write("trades.csv", Capture.random(500, &random).text)))
    let loud = scene.queries(sql, ["--until-end", "--final", "--workers", "4"])
    let process = try scene.start(loud, environment: ["WICK_LOG": "trace"])
    #expect(process.wait(seconds: 120) == 0)
    let workers = try commits(lines(process.errors), "wick.streams").compactMap { $0["worker"] as? Int }
    #expect(Set(workers).count > 1, "\(workers)")

    let source = try scene.write("more.csv", Capture.random(5, &random).text)
    let plain = try scene.start(scene.ingest(source), environment: ["WICK_LOG": "debug", "WICK_LOG_FORMAT": "text"])
    #expect(plain.wait(seconds: 120) == 0)
    #expect(plain.errors.contains(" debug wick.ingest committed ") && !plain.errors.contains("{\"time\""))
    let refused = try scene.start(["ingest", "--source", "sim"], environment: ["WICK_LOG_FORMAT": "xml"])
    #expect(refused.wait(seconds: 30) == 64 && refused.errors.hasPrefix("wick: WICK_LOG_FORMAT"), "\(refused.errors)")
  }

  @Test func `at a terminal the same lines are text`() throws {
    let scene = try Scene(alone: true)
    var random = SeededGenerator.forTest("log terminal")
    let source = try scene.write("trades.csv", Capture.random(50, &random).text)
    let process = try TerminalProcess(scene.ingest(source), environment: ["WICK_LOG": "debug"])
    try process.wait(for: "Z debug wick.ingest committed commit=")
    #expect(try process.end() == 0)
  }
}
