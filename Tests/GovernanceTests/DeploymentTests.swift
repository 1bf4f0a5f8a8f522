import Foundation
import JSON
import Telemetry
import TestSupport
import Testing
import Yams

/// What is delivered for running, checked as far as that goes without a Docker engine and without systemd.
@Suite struct `Deployment` {
  private func canBeRead(_ line: [String]) throws -> Finding? {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("wick-parse-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let process = try WickProcess(["parse", "--"] + line, logs: folder)
    let code = process.wait(seconds: 60)
    return code == 0 ? nil : Finding(text: "wick \(line.joined(separator: " ")): \(process.errors)")
  }

  private struct Finding { let text: String }

  @Test func `every service is in a profile, limited, supervised and pinned`() throws {
    let compose = try ComposeFile()
    #expect(Set(compose.services.map(\.name)).isSuperset(of: ["redpanda", "ingest", "workers", "sink", "serve"]))
    for service in compose.services {
      let profiles = Set(service.texts("profiles"))
      #expect(!profiles.isEmpty && profiles.isSubset(of: ["core", "full"]) && profiles.contains("full"), "\(service.name)")
      for key in ["mem_limit", "cpus", "healthcheck", "restart"] {
        #expect(service.values[key] != nil, "\(service.name) has no \(key)")
      }
      let tag = service.image.split(separator: "/").last?.split(separator: ":").dropFirst().first ?? ""
      #expect(tag.contains(where: \.isNumber) && tag != "latest", "\(service.name) runs \(service.image)")
    }
    for name in ["redpanda", "ingest", "workers", "sink", "serve"] {
      #expect(compose[name]?.texts("profiles").contains("core") == true, "\(name)")
    }
  }

  @Test func `services wait for services that there are, and for their health`() throws {
    let compose = try ComposeFile()
    for service in compose.services {
      for name in service.dependencies {
        let other = try #require(compose[name], "\(service.name) waits for \(name)")
        #expect(Set(other.texts("profiles")).isSuperset(of: service.texts("profiles")), "\(name) may be missing")
      }
      if service.isWick {
        #expect(service.dependencies == ["redpanda"])
        #expect(service.environment["WICK_BOOTSTRAP"] == "redpanda:9092")
        #expect(service.environment["WICK_REGISTRY"] == "http://redpanda:8081")
      }
    }
    let addresses = compose["redpanda"]?.texts("command").joined(separator: " ") ?? ""
    #expect(addresses.contains("internal://redpanda:9092") && addresses.contains("internal://0.0.0.0:8081"))
  }

  @Test func `ports are published to this machine alone, each once`() throws {
    let ports = try ComposeFile().services.flatMap { $0.texts("ports") }
    #expect(ports.allSatisfy { $0.hasPrefix("127.0.0.1:") }, "\(ports)")
    let outer = ports.compactMap { $0.split(separator: ":").dropFirst().first }
    #expect(Set(outer).count == outer.count, "\(ports)")
  }

  @Test func `mounted files and named volumes exist`() throws {
    let compose = try ComposeFile()
    for volume in compose.services.flatMap({ $0.texts("volumes") }) {
      let source = String(volume.split(separator: ":")[0])
      guard source.hasPrefix("./") else {
        #expect(compose.volumes.contains(source), "\(volume)")
        continue
      }
      // The folder of sources is the user's; Docker makes it.
      guard source != "./data" else { continue }
      let path = Project.folder.appendingPathComponent(String(source.dropFirst(2))).path
      #expect(FileManager.default.fileExists(atPath: path), "\(volume)")
    }
  }

  @Test func `what other machines might reach asks for keys, which are files that no one else is given`() throws {
    let compose = try ComposeFile()
    let serve = try #require(compose["serve"])
    func value(_ option: String) -> String? {
      serve.line.firstIndex(of: option).flatMap { serve.line.dropFirst($0 + 1).first }
    }
    let listen = try #require(value("--listen"))
    #expect(listen.hasPrefix("127.0.0.1:") || value("--keys") != nil || value("--jwt-keys") != nil)
    #expect(listen.hasPrefix("127.0.0.1:") || value("--tls-cert") != nil || serve.line.contains("--insecure"))
    // What goes unencrypted stays on this machine.
    if serve.line.contains("--insecure") { #expect(serve.texts("ports").allSatisfy { $0.hasPrefix("127.0.0.1:") }) }
    let jobs = try #require(try ComposeFile.yaml("governance/prometheus.yml")["scrape_configs"] as? [[String: Any]])
    let job = try #require(jobs.first { $0["job_name"] as? String == "wick-serve" })
    let credentials = (job["authorization"] as? [String: Any])?["credentials_file"] as? String
    for (service, path) in [("serve", value("--keys")), ("prometheus", credentials)] {
      let name = try #require(path?.split(separator: "/").last.map(String.init))
      #expect(path == "/run/secrets/\(name)")
      #expect(compose[service]?.texts("secrets") == [name] && compose.secrets[name]?.hasPrefix("./secrets/") == true, "\(name)")
    }
    #expect(try ComposeFile.text(".gitignore").split(separator: "\n").contains("/secrets/"))
    #expect(Set(compose.services.flatMap { $0.texts("secrets") }) == Set(compose.secrets.keys))
  }

  @Test func `every command line of compose, image and unit can be read`() throws {
    var lines = try ComposeFile().services.filter(\.isWick).map(\.line)
    for line in try ComposeFile.text("deploy/wick.service").split(separator: "\n") where line.hasPrefix("ExecStart=") {
      lines.append(line.dropFirst("ExecStart=".count).split(separator: " ").map(String.init))
    }
    for line in try ComposeFile.text("Dockerfile").split(separator: "\n") {
      guard let start = line.range(of: "CMD [") else { continue }
      let words = try #require(try JSONValue(parsing: String(line[start.lowerBound...].dropFirst(4))).arrayValue)
      let texts = words.compactMap(\.stringValue)
      if texts.first == "wick" { lines.append(texts) }
    }
    #expect(lines.count >= 6)
    for line in lines {
      let program = try #require(line.first)
      #expect(program == "wick" || program == "/usr/bin/wick")
      let finding = try canBeRead(Array(line.dropFirst()))
      #expect(finding == nil, "\(finding?.text ?? "")")
    }
    // It can object.
    #expect(try canBeRead(["sink", "--lake"]) != nil)
    #expect(try canBeRead(["sinc"]) != nil)
    #expect(try canBeRead(["run", "--workers", "0"]) != nil)
  }

  @Test func `the image is built from what there is, and runs as nobody special`() throws {
    let lines = try ComposeFile.text("Dockerfile").split(separator: "\n").map(String.init)
    let froms = lines.filter { $0.hasPrefix("FROM ") }
    #expect(froms.count == 2 && froms.allSatisfy { $0.contains(":") && !$0.contains("latest") })
    for line in lines where line.hasPrefix("COPY ") && !line.contains("--from") {
      for source in line.split(separator: " ").dropFirst().dropLast() {
        let path = Project.folder.appendingPathComponent(String(source)).path
        #expect(FileManager.default.fileExists(atPath: path), "\(line)")
      }
    }
    let last = try #require(lines.lastIndex { $0.hasPrefix("FROM ") })
    #expect(lines[last...].contains { $0.hasPrefix("USER ") && $0 != "USER root" })
    #expect(lines[last...].contains { $0.hasPrefix("HEALTHCHECK ") })
    // What the build links, the image must bring.
    #expect(lines[last...].contains { $0.contains("librdkafka1") && $0.contains("libsqlite3-0") })
  }

  // MARK: Prometheus and Grafana

  @Test func `Prometheus scrapes the ports that services listen at, under the names of the promises`() throws {
    let compose = try ComposeFile()
    let configuration = try ComposeFile.yaml("governance/prometheus.yml")
    let jobs = try #require(configuration["scrape_configs"] as? [[String: Any]])
    var targets: [String: String] = [:]
    for job in jobs {
      let name = try #require(job["job_name"] as? String)
      for one in job["static_configs"] as? [[String: Any]] ?? [] { targets[name] = (one["targets"] as? [String])?.first }
      for one in job["dns_sd_configs"] as? [[String: Any]] ?? [] {
        targets[name] = "\((one["names"] as? [String])?.first ?? ""):\(one["port"] ?? "")"
      }
    }
    for (job, target) in targets where job.hasPrefix("wick-") {
      let parts = target.split(separator: ":")
      let service = try #require(compose[String(parts[0])], "\(target)")
      #expect(service.line.contains("0.0.0.0:\(parts[1])"), "\(job) is scraped at \(target), which listens elsewhere")
    }
    let promised = try ComposeFile.text("governance/slo.yml")
    for job in ["wick-ingest", "wick-run", "wick-sink", "wick-serve"] {
      #expect(targets[job] != nil && promised.contains(job), "\(job)")
    }
    #expect((configuration["rule_files"] as? [String]) == ["prometheus_rules.yml"])
  }

  @Test(.enabled(if: Promtool.isInstalled, "promtool is not installed (Debian: prometheus)"))
  func `promtool accepts the configuration`() throws {
    let path = Project.folder.appendingPathComponent("governance/prometheus.yml").path
    // The key that it names is made where it runs.
    let result = try Promtool.run(["check", "config", "--syntax-only", path])
    #expect(result.code == 0, "\(result.output)")
  }

  @Test func `the dashboard shows metrics that there are, from the source that is provisioned`() throws {
    let sources = try ComposeFile.yaml("governance/grafana/provisioning/datasources/prometheus.yml")
    let source = try #require((sources["datasources"] as? [[String: Any]])?.first)
    #expect(source["url"] as? String == "http://prometheus:9090")
    let dashboard = try JSONValue(parsing: try ComposeFile.text("governance/grafana/dashboards/wick.json"))
    var known = Set(WickMetrics.all.map(\.name))
    for family in WickMetrics.all where family.kind.word == "histogram" { known.insert("\(family.name)_bucket") }
    let panels = try #require(dashboard["panels"]?.arrayValue)
    #expect(panels.count >= 8)
    for panel in panels {
      #expect(panel["datasource"]?["uid"]?.stringValue == source["uid"] as? String)
      for target in panel["targets"]?.arrayValue ?? [] {
        let expression = try #require(target["expr"]?.stringValue)
        for word in expression.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" }) where word.hasPrefix("wick_")
        {
          #expect(known.contains(String(word)), "\(word)")
        }
      }
    }
  }

  // MARK: systemd

  @Test func `the unit leaves what a person must mend alone, and waits for the commit under way`() throws {
    let lines = Set(try ComposeFile.text("deploy/wick.service").split(separator: "\n").map(String.init))
    for line in ["[Unit]", "[Service]", "[Install]", "DynamicUser=yes", "StateDirectory=wick", "NoNewPrivileges=yes"] {
      #expect(lines.contains(line), "\(line)")
    }
    #expect(lines.contains("RestartPreventExitStatus=64 65"))
    #expect(lines.contains { $0.hasPrefix("ExecStart=/usr/bin/wick ") && $0.contains("--data-dir /var/lib/wick") })
  }
}
