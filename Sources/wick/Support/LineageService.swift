import ArgumentParser
import Contracts
import Foundation
import Iceberg
import JSON
import Kafka
import Lake
import Lineage
import Logging
import SQL

/// Where a command tells of its runs.
struct LineageOptions: ParsableArguments {
  @Option(help: "Tell of runs as OpenLineage events: file:PATH, or an address such as http://localhost:5000/api/v1/lineage.")
  var lineage: String?

  func service(namespace: String) throws -> LineageService? {
    guard let text = try Settings().value("lineage", flag: lineage) else { return nil }
    guard let target = LineageTarget(text) else {
      throw Failure(.usage, "--lineage takes file:PATH, or an address with http:// or https://, not \(text).")
    }
    return LineageService(target, namespace: namespace)
  }
}

/// Tells of runs. What cannot be told is logged: it must not stop the work.
struct LineageService: Sendable {
  let namespace: String
  private let target: LineageTarget
  private let logger = Logger(label: "wick.lineage")

  init(_ target: LineageTarget, namespace: String) {
    self.target = target
    self.namespace = namespace
  }

  /// Runs `body` as a run of each of the jobs; without a service nobody is told.
  ///
  /// - Parameter jobs: asked before and after, since the tables of a sink are there only then.
  static func telling<R>(_ service: LineageService?, _ jobs: () -> [LineageJob], _ body: () throws -> R) throws -> R {
    guard let service else { return try body() }
    var runs: [String: String] = [:]
    func tell(_ state: LineageEvent.State, _ error: String? = nil) {
      let time = Date().formatted(.iso8601)
      for job in jobs() {
        let run = runs[job.name] ?? UUID().uuidString.lowercased()
        runs[job.name] = run
        service.send(LineageEvent(state, time: time, run: run, job: job, error: error))
      }
    }
    tell(.start)
    do {
      let result = try body()
      tell(.complete)
      return result
    } catch {
      tell(.fail, Failure(error).sentence)
      throw error
    }
  }

  private func send(_ event: LineageEvent) {
    do {
      switch target {
      case .file(let path): try LineageFile(path).append(event)
      case .endpoint(let url): try JSONPost.send(event.json.utf8, to: url)
      }
    } catch {
      logger.warning("an event of lineage could not be sent", metadata: ["error": "\(error)"])
    }
  }
}

extension LineageJob {
  /// The sink into one table: its topics, and the table as it is now.
  static func sinks(_ configuration: SinkConfiguration, namespace: String) -> [LineageJob] {
    let store =
      FileManager.default.fileExists(atPath: "\(configuration.lake)/catalog.db")
      ? try? LakeStore(folder: configuration.lake) : nil
    let lake = URL(fileURLWithPath: configuration.lake).standardizedFileURL.path
    return Dictionary(grouping: configuration.mappings, by: \.table).sorted { $0.key < $1.key }.map { identifier, mappings in
      let fields = (try? store?.table(identifier))?.metadata.schema.fields ?? []
      let output = LineageDataset(
        namespace: "file", name: "\(lake)/\(identifier.description.replacing(".", with: "/"))",
        fields: fields.map { .init($0.name, "\($0.type)") })
      return LineageJob(
        namespace: namespace, name: "sink.\(identifier)", kind: "SINK",
        inputs: mappings.map { .topic($0.topic, bootstrap: configuration.kafka.bootstrap) }, outputs: [output])
    }
  }
}
