import ArgumentParser

/// The command line. Each command turns its arguments into a room's configuration, runs it, and turns the outcome into an exit code.
@main
struct Wick: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wick",
    abstract: "Trades in, exact candles out: Kafka to Iceberg, exactly once.",
    discussion: """
      Every option has the same name as a flag (--bootstrap), in the environment (WICK_BOOTSTRAP) and in wick.yml (bootstrap:).
      Exit codes: 0 done, 1 a check failed, 64 bad usage, 65 bad input, 69 a service is unavailable, 70 a bug.

      Example: wick up --source sim --data-dir .wick --exit-when-done
      """,
    version: "0.1.0",
    subcommands: [
      UpCommand.self, BrokerCommand.self, IngestCommand.self, RunCommand.self, SinkCommand.self, SQLCommand.self,
      ServeCommand.self, VerifyCommand.self,
      TestCommand.self, SchemaCommand.self, LakeCommand.self, ReplayCommand.self, QualityCommand.self, FreshnessCommand.self,
      GovernanceCommand.self, DoctorCommand.self, ParseCommand.self,
    ])
}
