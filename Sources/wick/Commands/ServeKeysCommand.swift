import ArgumentParser
import Foundation
import MarketAPI

struct ServeKeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "The keys that wick serve lets in.", subcommands: [Add.self, List.self])

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "add",
      abstract: "Make a key and print it: it is seen this once, and kept as a hash.",
      discussion: "Example: wick serve keys add grafana --role reader --keys keys.json")

    @Argument(help: "Whose key it is.")
    var name: String

    @Option(help: "reader (look) or operator (change queries too).")
    var role: String = "reader"

    @Option(help: "File of keys (default keys.json).")
    var keys: String = "keys.json"

    func run() throws {
      try Failure.reporting {
        guard let role = Role(rawValue: role) else { throw Failure(.usage, "--role is reader or operator, not \(role).") }
        var ring = FileManager.default.fileExists(atPath: keys) ? try KeyFile.read(keys) : KeyRing()
        var random = SystemRandomNumberGenerator()
        let key: String
        do { key = try ring.add(name, role, using: &random) } catch { throw Failure(.badInput, "No key was made: \(error).") }
        try KeyFile.write(ring, keys)
        print(key)
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Show names and roles.")

    @Option(help: "File of keys (default keys.json).")
    var keys: String = "keys.json"

    func run() throws {
      try Failure.reporting {
        for entry in try KeyFile.read(keys).entries { print("\(entry.name)  \(entry.role.rawValue)") }
      }
    }
  }
}
