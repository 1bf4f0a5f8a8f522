import ArgumentParser

struct BrokerCommand: ParsableCommand, EmbeddedOptions {
  static let configuration = CommandConfiguration(
    commandName: "broker",
    abstract: "The embedded broker and Schema Registry alone.",
    discussion: "Example: wick broker --listen 127.0.0.1:9092 --registry 127.0.0.1:8081 --data-dir .wick")

  @Option(help: "Where the broker listens (default 127.0.0.1:9092; port 0 takes a free one).")
  var listen: String?

  @Option(help: "Where the Schema Registry listens (default 127.0.0.1:8081; port 0 takes a free one).")
  var registry: String?

  @Option(help: "Folder of all data (default .wick).")
  var dataDir: String?

  @Option(help: "always: answers come after fsync, so what is acknowledged survives a power loss; interval: fsync once a second.")
  var fsync: String = "interval"

  @Option(help: "Partitions of topics created without a number (default 4).")
  var partitions: Int?

  @Flag(help: "Answer with the delays and limits of a cluster, to try clients against them.")
  var likeCluster = false

  @Option(help: "Milliseconds between rounds of retention and compaction.")
  var maintenanceInterval: Int = 60_000

  var registryAddress: String? { registry }
  var registryFlag: String { "--registry" }

  func validate() throws {
    try EmbeddedChecks.validate(fsync: fsync, partitions: partitions)
    guard (10...86_400_000).contains(maintenanceInterval) else {
      throw ValidationError("--maintenance-interval is 10 to 86400000 milliseconds.")
    }
  }

  func run() throws {
    try Failure.reporting {
      let interrupts = Interrupts()
      let cluster = try EmbeddedCluster(self)
      cluster.announce()
      interrupts.wait()
      cluster.stop()
    }
  }
}

enum EmbeddedChecks {
  static func validate(fsync: String, partitions: Int?) throws {
    guard fsync == "always" || fsync == "interval" else { throw ValidationError("--fsync is always or interval.") }
    if let partitions, !(1...1000).contains(partitions) { throw ValidationError("--partitions is a number from 1 to 1000.") }
  }
}
