import Contracts
import Foundation
import TestSupport
import Testing

/// Services that are not there, places that cannot be used, contracts and queries that do not fit.
@Suite struct `Refusals` {
  private typealias Bad = `Bad sources`

  private static let nobody = ["--bootstrap", "127.0.0.1:1", "--registry", "http://127.0.0.1:1"]

  private func source(_ scene: Scene) throws -> String {
    try scene.write("trades.csv", Capture.header + "\n" + Bad.good + "\n")
  }

  @Test func `a broker that is not there is said to be unavailable`() throws {
    let scene = try Scene(alone: true, startsBroker: false)
    let sql = try scene.writeSQL([.second])
    let commands = [
      ["ingest", "--source", try source(scene)], ["run", sql], ["sink", sql, "--lake", scene.lake],
      ["verify", sql, "--lake", scene.lake],
    ]
    // All at once, since each tries for a while.
    let processes = try commands.map { try scene.start($0 + Self.nobody) }
    for process in processes {
      let code = try #require(process.wait(seconds: 60))
      Bad.expectRefusal(Finished(code: code, output: process.output, errors: process.errors), 69, naming: "--bootstrap")
    }
  }

  @Test(arguments: ["ingest", "run", "schema"])
  func `a registry that is not there is said to be unavailable`(command: String) throws {
    let scene = try Scene()
    let sql = try scene.writeSQL([.second])
    let connection = ["--bootstrap", scene.bootstrap, "--registry", "http://127.0.0.1:1"]
    let arguments =
      switch command {
      case "ingest": ["ingest", "--source", try source(scene), "--topic", "\(scene.mark)unused"]
      case "run": ["run", sql]
      default: ["schema", "list"]
      }
    let more = command == "schema" ? ["--registry", "http://127.0.0.1:1"] : connection
    Bad.expectRefusal(try scene.run(arguments + more, seconds: 40), 69)
  }

  @Test func `a taken port and an unusable data folder are said to be so`() throws {
    let scene = try Scene(alone: true)
    func broker(_ listen: String, _ registry: String, _ data: String) throws -> Finished {
      try scene.run(["broker", "--listen", listen, "--registry", registry, "--data-dir", data], seconds: 30)
    }
    let free = "127.0.0.1:0"
    let taken = String(scene.registry.dropFirst("http://".count))
    Bad.expectRefusal(try broker(scene.bootstrap, free, scene.path("other")), 69)
    Bad.expectRefusal(try broker(free, taken, scene.path("another")), 69)
    // Below a file there is no folder, whoever asks.
    let file = try scene.write("file", "")
    Bad.expectRefusal(try broker(free, free, "\(file)/data"), 69)
    Bad.expectRefusal(try broker(free, free, scene.data), 69)
    Bad.expectRefusal(try broker("nonsense", free, scene.path("third")), 64)
    // Nothing of this disturbed the one that runs.
    try scene.succeed(scene.ingest(source(scene)))
  }

  @Test func `a lake below a file is refused`() throws {
    let scene = try Scene()
    let sql = try scene.writeSQL([.second])
    try scene.succeed(scene.ingest(source(scene)))
    let file = try scene.write("file", "")
    Bad.expectRefusal(try scene.run(["sink", sql, "--until-end", "--lake", "\(file)/lake"] + scene.connection, seconds: 40), 69)
  }

  @Test func `a registered contract that ours is incompatible with stops ingest`() throws {
    let scene = try Scene()
    let client = try SchemaRegistryClient(urls: [scene.registry])
    let other = try AvroSchema(json: #"{"type":"record","name":"Other","fields":[{"name":"nothing","type":"string"}]}"#)
    _ = try client.register(other, under: "\(scene.tradesTopic)-value")
    try client.setCompatibilityLevel(.full, of: "\(scene.tradesTopic)-value")
    Bad.expectRefusal(try scene.run(scene.ingest(source(scene))), 65, naming: "\(scene.tradesTopic)-value")
  }

  @Test func `an error in SQL shows its line and a caret`() throws {
    let scene = try Scene(alone: true, startsBroker: false)
    let sql = try scene.writeSQL([.second])
    let text = try String(contentsOfFile: sql, encoding: .utf8).replacingOccurrences(of: "MAX(price)", with: "MAXIMUM(price)")
    let broken = try scene.write("broken.sql", text)
    let finished = try scene.run(["run", broken] + Self.nobody)
    #expect(finished.code == 65)
    let line = try #require(text.split(separator: "\n").firstIndex { $0.contains("MAXIMUM") }) + 1
    #expect(finished.errors.contains("broken.sql:\(line):"), "\(finished.errors)")
    let lines = finished.errors.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let caret = try #require(lines.firstIndex { $0.contains("^") })
    let column = try #require(lines[caret].firstIndex(of: "^"))
    #expect(lines[caret - 1][column...].hasPrefix("MAXIMUM"))
  }

  @Test func `bad usage is told apart from bad input`() throws {
    let scene = try Scene(alone: true, startsBroker: false)
    #expect(try scene.run(["run", "--no-such-flag"]).code == 64)
    #expect(try scene.run(["no-such-command"]).code == 64)
    #expect(try scene.run(["ingest", "--source", "sim", "--rate", "-5"]).code == 64)
    #expect(try scene.run(["ingest"]).code == 64)
    #expect(try scene.run(["run", scene.path("nowhere.sql")]).code == 65)
    #expect(try scene.run(["--help"]).code == 0)
  }
}
