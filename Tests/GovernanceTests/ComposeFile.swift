import Foundation
import TestSupport
import Testing
import Yams

/// `docker-compose.yml` as plain values, anchors and merges resolved.
struct ComposeFile {
  struct Service {
    var name: String
    var values: [String: Any]

    func texts(_ key: String) -> [String] { (values[key] as? [Any] ?? []).map { "\($0)" } }
    var environment: [String: String] { (values["environment"] as? [String: Any] ?? [:]).mapValues { "\($0)" } }
    var image: String { values["image"] as? String ?? "" }
    var dependencies: [String] { (values["depends_on"] as? [String: Any] ?? [:]).keys.sorted() }
    var isWick: Bool { image.hasPrefix("wick:") }
    /// What is run in the container: the image's entrypoint is `wick`.
    var line: [String] { (texts("entrypoint").isEmpty ? ["wick"] : texts("entrypoint")) + texts("command") }
  }

  let services: [Service]
  let volumes: Set<String>
  /// Names and files.
  let secrets: [String: String]

  init() throws {
    let text = try Self.text("docker-compose.yml")
    let root = try #require(try Yams.load(yaml: text) as? [String: Any])
    let services = try #require(root["services"] as? [String: Any])
    self.services = try services.sorted { $0.key < $1.key }.map { name, value in
      Service(name: name, values: try #require(value as? [String: Any]))
    }
    secrets = (root["secrets"] as? [String: [String: Any]] ?? [:]).compactMapValues { $0["file"] as? String }
    volumes = Set((root["volumes"] as? [String: Any] ?? [:]).keys)
  }

  static func text(_ path: String) throws -> String {
    try String(contentsOf: Project.folder.appendingPathComponent(path), encoding: .utf8)
  }

  static func yaml(_ path: String) throws -> [String: Any] {
    try #require(try Yams.load(yaml: try text(path)) as? [String: Any])
  }

  subscript(_ name: String) -> Service? { services.first { $0.name == name } }
}
