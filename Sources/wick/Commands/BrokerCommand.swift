import ArgumentParser
import EmbeddedKafka
import Foundation

struct BrokerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "broker",
    abstract: "The embedded broker and Schema Registry alone.",
    discussion: "Example: wick broker --listen 127.0.0.1:9092 --registry 127.0.0.1:8081 --data-dir .wick")

  @OptionGroup var options: EmbeddedOptions

  func run() throws {
    try Failure.reporting {
      let interrupts = Interrupts()
      let cluster = try EmbeddedCluster(options)
      defer { cluster.stop() }
      cluster.announce()
      interrupts.wait()
    }
  }
}

/// How the embedded broker and registry are set up.
struct EmbeddedOptions: ParsableArguments {
  @Option(help: "Where the broker listens (default 127.0.0.1:9092; port 0 takes a free one).")
  var listen: String?

  @Option(help: "Where the Schema Registry listens (default 127.0.0.1:8081).")
  var registry: String?

  @Option(help: "Folder of all data (default .wick).")
  var dataDir: String?

  @Option(help: "always: answers come after fsync, so acknowledged records survive a power loss; interval: after write, fsync once a second.")
  var fsync: String = "interval"

  @Option(help: "Partitions of topics created without a number (default 4).")
  var partitions: Int?

  func validate() throws {
    guard fsync == "always" || fsync == "interval" else { throw ValidationError("--fsync is always or interval.") }
  }
}
