import CRdKafka
import Foundation

/// Everything, one measurement after the other, and the table.
struct Suite {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("wick-bench-\(getpid())").path

  /// False when something could not be run.
  func run() throws -> Bool {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let began = Measure.now
    var rows: [Row] = [], complete = true
    func part(_ name: String, _ body: () throws -> [Row]) {
      let start = Measure.now
      let found: [Row]
      do { found = try body() } catch {
        complete = false
        found = [.missing(name, "", "\(error)")]
      }
      rows += found
      let lines = found.map { "  \($0.path): \($0.measured) (\($0.verdict))\n" }.joined()
      FileHandle.standardError.write(Data("\(name), \(number(Measure.now - start, 0)) s\n\(lines)".utf8))
    }
    let broker = try BrokerProcess(folder: "\(folder)/broker")
    let topic = "trades.bench"
    part("trades.raw → candles") {
      _ = try Child.measure("fill", broker.bootstrap, broker.registry, topic, "\(StreamsBench.count)", "0")
      return try StreamsBench.rows(broker, topic: topic)
    }
    part("engine") { try EngineBench.rows() }
    part("Avro") { try AvroBench.rows() }
    part("ingest") { try IngestBench.rows(broker, folder: folder) }
    part("Parquet") { try ParquetBench.rows(folder: folder) }
    part("topic → bronze table") { try BronzeBench.rows(broker, topic: topic, folder: folder) }
    part("pull queries") { try PullBench.rows(broker) }
    part("live push") { try LiveBench.rows() }
    part("start") { try RestartBench.startRows(folder: folder) }
    part("restart") { try RestartBench.restartRows(broker) }
    broker.kill()
    print(table(rows))
    print("\n\(machine())")
    print(
      "Commit \(shell("git", "rev-parse", "--short", "HEAD")), Swift release build, librdkafka \(String(cString: rd_kafka_version_str()))."
    )
    print("Seed of all trades \(SampleTrades.seed); \(StreamsBench.count) trades on the topic, \(IngestBench.count) in the file.")
    print("The broker runs beside on the same cores. Medians; the whole run took \(number(Measure.now - began, 0)) s.")
    return complete
  }

  private func machine() -> String {
    func field(_ file: String, _ name: String) -> String {
      let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
      let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
      return line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
    }
    let memory = field("/proc/meminfo", "MemTotal").split(separator: " ").first.flatMap { Double($0) } ?? 0
    return "\(ProcessInfo.processInfo.activeProcessorCount) cores of \(field("/proc/cpuinfo", "model name")), "
      + "\(number(memory / 1e6, 0)) GB of memory, \(shell("uname", "-sr"))."
  }

  private func shell(_ words: String...) -> String {
    guard let child = try? Child("/usr/bin/env", words) else { return "unknown" }
    return child.readLine() ?? "unknown"
  }
}
