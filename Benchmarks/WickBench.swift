import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Prints each budget beside what this machine measures, with librdkafka alone and PyArrow measured in the same run.
///
/// Without arguments it runs everything. The other modes are its own children: what is measured has a process of its own, so
/// that its memory and its CPU time are its own.
@main
struct WickBench {
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      try run(arguments.first ?? "all", Array(arguments.dropFirst()))
    } catch {
      FileHandle.standardError.write(Data("wick-bench: \(error)\n".utf8))
      exit(1)
    }
  }

  private static func run(_ mode: String, _ arguments: [String]) throws {
    let at = try Arguments(mode, arguments)
    switch mode {
    case "all": exit(try Suite().run() ? 0 : 1)
    case "broker": try BrokerProcess.serve(port: at.int(0), folder: at.text(1))
    case "fill":
      try StreamsBench.fill(
        bootstrap: at.text(0), registry: at.text(1), topic: at.text(2), count: Int64(at.int(3)), rate: at.int(4))
    case "bare-read": try BareReader.measure(bootstrap: at.text(0), topic: at.text(1), count: at.int(2), wide: at.int(3) == 1)
    case "streams":
      try StreamsBench.measure(bootstrap: at.text(0), registry: at.text(1), topic: at.text(2), application: at.text(3))
    case "follow":
      try RestartBench.follow(bootstrap: at.text(0), registry: at.text(1), topic: at.text(2), slack: Int64(at.int(3)))
    case "engine": try EngineBench.measure(symbols: at.int(0), deduplicates: at.int(1) == 1)
    case "avro": try AvroBench.measure()
    case "csv": try SampleTrades.writeCSV(to: at.text(0), count: Int64(at.int(1)))
    case "ingest": try IngestBench.measure(bootstrap: at.text(0), registry: at.text(1), topic: at.text(2), file: at.text(3))
    case "bare-produce": try BareProducer.measure(bootstrap: at.text(0), topic: at.text(1), file: at.text(2))
    case "parquet": try ParquetBench.measure(folder: at.text(0))
    case "bronze": try BronzeBench.measure(bootstrap: at.text(0), registry: at.text(1), topic: at.text(2), lake: at.text(3))
    case "pull-server": try PullBench.serve(bootstrap: at.text(0))
    case "live-server": try LiveBench.serve()
    case "live-load":
      try LiveClients.run(port: at.int(0), base: Int64(at.int(1)), way: at.text(2), symbols: at.int(3))
    case "live": print(table(try LiveBench.rows()))
    case "pull-load": try PullBench.load(port: at.int(0))
    default: throw BenchError("there is no mode \(mode); without arguments everything runs")
    }
  }
}

/// A measurement that could not be made.
struct BenchError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// The positional arguments of a child.
private struct Arguments {
  let mode: String
  let values: [String]

  init(_ mode: String, _ values: [String]) throws {
    self.mode = mode
    self.values = values
  }

  func text(_ index: Int) throws -> String {
    guard index < values.count else { throw BenchError("\(mode) needs more arguments") }
    return values[index]
  }

  func int(_ index: Int) throws -> Int {
    guard let number = Int(try text(index)) else { throw BenchError("\(mode): argument \(index + 1) is no number") }
    return number
  }
}
