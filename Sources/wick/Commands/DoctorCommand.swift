import ArgumentParser
import Contracts
import Foundation
import Kafka

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "What is installed, reachable, misconfigured.",
    discussion:
      "Exit code 1 when something is missing. Example: wick doctor --bootstrap broker:9092 --registry http://registry:8081")

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var lake: LakeOptions

  @Flag(help: "Print only what is wrong.")
  var quiet = false

  func run() throws {
    try Failure.reporting {
      let resolved = try connection.resolve()
      var wrong = 0
      func check(_ name: String, _ body: () throws -> String) {
        do {
          let detail = try body()
          if !quiet { Terminal.say("ok       \(name): \(detail)") }
        } catch {
          wrong += 1
          Terminal.say("missing  \(name): \(Failure(error).sentence)")
        }
      }
      check("librdkafka") { KafkaLibrary.version }
      check("contracts") { "\(try ContractFolder.read(resolved.contracts).count) subjects in \(resolved.contracts)" }
      check("queries") { "\(try Queries(paths: []).plans.count) queries in \(Defaults.queries)" }
      check("broker") { try broker(resolved) }
      check("registry") {
        "\(try SchemaRegistryClient(urls: resolved.registry).subjects().count) subjects at \(resolved.registry.joined(separator: ", "))"
      }
      check("lake") { try lakeFolder() }
      if wrong > 0 { throw ExitCode(Failure.Code.checkFailed.rawValue) }
    }
  }

  private func broker(_ connection: Connection) throws -> String {
    let admin = try Admin(KafkaConfiguration(bootstrap: connection.bootstrap, clientID: "wick-doctor"), timeout: .seconds(5))
    defer { admin.close() }
    return "cluster \(try admin.clusterID()) at \(connection.bootstrap), \(try admin.topics().count) topics"
  }

  private func lakeFolder() throws -> String {
    let folder = try lake.folder()
    var parent = URL(fileURLWithPath: folder)
    while !FileManager.default.fileExists(atPath: parent.path), parent.path != "/" { parent.deleteLastPathComponent() }
    guard FileManager.default.isWritableFile(atPath: parent.path) else {
      throw Failure(.unavailable, "\(parent.path) is not writable; choose another folder with --lake.")
    }
    return FileManager.default.fileExists(atPath: "\(folder)/catalog.db") ? "\(folder)" : "\(folder) (to be created)"
  }
}
