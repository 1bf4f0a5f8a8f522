import ArgumentParser
import Contracts

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Contracts: check them, register them, list what a registry holds.",
    subcommands: [Check.self, Register.self, List.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compare contracts/ with git history and with a registry.",
      discussion: """
        With --registry, WICK_REGISTRY or registry: in wick.yml the live registry is compared too.

        Example: wick schema check --since origin/main
        """)

    @OptionGroup var connection: ConnectionOptions

    @Option(help: "Revision to compare with: what it and this state have in common is what may not change.")
    var since: String = "HEAD"

    @Flag(help: "Without git history.")
    var noHistory = false

    func run() throws {
      try Failure.reporting {
        let resolved = try connection.resolve()
        let subjects = try ContractFolder.read(resolved.contracts)
        let history = noHistory ? [:] : try GitHistory(folder: resolved.contracts).subjects(since: since)
        var findings = SchemaCheck.check(subjects, history: history)
        if try Settings().value("registry", flag: connection.registry) != nil {
          let client = try SchemaRegistryClient(urls: resolved.registry)
          findings += SchemaCheck.check(
            subjects, registered: try SchemaRegistration.registered(subjects.map(\.subject), in: client))
        }
        for finding in findings { Terminal.complain("\(finding)") }
        guard findings.isEmpty else { throw Failure(.checkFailed, "\(findings.count) problems in \(resolved.contracts).") }
        Terminal.say("\(subjects.count) subjects in \(resolved.contracts) are sound")
      }
    }
  }

  struct Register: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Register every version in contracts/.",
      discussion: "Example: wick schema register --registry http://127.0.0.1:8081")

    @OptionGroup var connection: ConnectionOptions

    func run() throws {
      try Failure.reporting {
        let resolved = try connection.resolve()
        let client = try SchemaRegistryClient(urls: resolved.registry)
        for outcome in try SchemaRegistration.register(try ContractFolder.read(resolved.contracts), in: client) {
          Terminal.say("\(outcome.subject) version \(outcome.version): id \(outcome.id)\(outcome.isNew ? ", new" : "")")
        }
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List a registry's subjects.", discussion: "Example: wick schema list --registry http://127.0.0.1:8081")

    @OptionGroup var connection: ConnectionOptions

    func run() throws {
      try Failure.reporting {
        let client = try SchemaRegistryClient(urls: try connection.resolve().registry)
        for subject in try client.subjects().sorted() {
          let latest = try client.latest(of: subject)
          Terminal.say("\(subject)  version \(latest.version)  id \(latest.id)  \(try client.compatibilityLevel(of: subject))")
        }
      }
    }
  }
}
