import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A disk that fails or is full: whoever writes is told, nothing acknowledged is lost, and work goes on afterwards.
@Suite struct `Failing and full disks` {
  /// What takes space may find none; everything may fail.
  private static func errors(_ call: FaultyDisk.Call) -> [FaultyDisk.Fault] {
    let takesSpace = call.isWrite || call.name == "create" || call.name == "mkdir"
    return takesSpace ? [.error(ENOSPC), .error(EIO)] : [.error(EIO)]
  }

  @Test func `the broker, failing at one call`() throws {
    var random = SeededGenerator.forTest("broker disk errors")
    let counted = try BrokerDisk()
    #expect(try counted.run().objections == [])
    let points = Sweep.points([try counted.disk.calls()], Self.errors)
    var effort = Effort("I/O error at each file change of the broker", quick: 8)
    var restarts = 0
    for point in points.shuffled(using: &random) where effort.goesOn() {
      let disk = try BrokerDisk()
      do {
        let outcome = try disk.run(point.fault, at: point.number)
        #expect(outcome.objections == [], "\(point)")
        for exit in outcome.exits {
          restarts += 1
          expectSaid(exit.code, exit.errors, disk.folder.path, point)
        }
        try expectNoSecondSync(outcome.callsOfFirst, point)
      } catch { Issue.record("\(point): \(error)") }
    }
    effort.report(
      tried: effort.rounds, unit: "points of \(points.count)", seed: random.seed, remark: "\(restarts) ended the broker")
  }

  @Test func `the sink, failing at one call`() throws {
    var random = SeededGenerator.forTest("sink disk errors")
    let lake = try SinkDisk(&random)
    let points = Sweep.points([try lake.calls(0), try lake.calls(1)], Self.errors)
    var effort = Effort("I/O error at each file change of the sink", quick: 8)
    var ended = 0
    for point in points.shuffled(using: &random) where effort.goesOn() {
      let disk = try lake.prepare(point.run)
      let finished = try lake.sink(disk.environment(point.fault, at: point.number))
      if finished.code != 0 {
        ended += 1
        expectSaid(finished.code, finished.errors, lake.scene.lake, point)
      }
      try lake.settle("\(point)")
    }
    effort.report(
      tried: effort.rounds, unit: "points of \(points.count)", seed: random.seed, remark: "\(ended) ended the sink")
  }

  /// Unavailable, and a sentence with the path, the reason, and what to do.
  private func expectSaid(_ code: Int32, _ errors: String, _ folder: String, _ point: Sweep.Point) {
    let complaint = errors.split(separator: "\n").last { $0.hasPrefix("wick: ") } ?? ""
    #expect(code == 69, "\(point): \(code) \(errors)")
    #expect(complaint.contains(folder), "\(point): \(errors)")
    #expect(["errno", "SQLite error"].contains { complaint.contains($0) }, "\(point): \(errors)")
    #expect(["start again", "free some space", "check the"].contains { complaint.contains($0) }, "\(point): \(errors)")
  }

  /// The kernel may have dropped what it could not write, and a second fsync would say that all is well.
  private func expectNoSecondSync(_ calls: [FaultyDisk.Call], _ point: Sweep.Point) throws {
    guard calls.count >= point.number, calls[point.number - 1].isSync else { return }
    let after = calls[point.number...].filter { $0.isSync && $0.path == calls[point.number - 1].path }
    #expect(after.isEmpty, "\(point): synced again after it had failed")
  }

  @Test func `a broker whose disk is full goes on without a restart when there is space`() throws {
    let disk = try BrokerDisk()
    let outcome = try disk.runThroughFullDisk { try disk.disk.setFull($0) }
    #expect(outcome.objections == [])
    #expect(outcome.exits.isEmpty, "\(outcome.exits)")
    #expect(outcome.complaints.contains("No space left on device"))
    #expect(outcome.complaints.contains("free some space"))
  }

  @Test func `the same on a file system that is really full`() throws {
    guard let small = try SmallDisk(megabytes: 4) else { return }
    let disk = try BrokerDisk(data: small.path)
    let outcome = try disk.runThroughFullDisk { try $0 ? small.fill() : small.free() }
    #expect(outcome.objections == [])
    #expect(outcome.exits.isEmpty, "\(outcome.exits)")
    #expect(outcome.complaints.contains("No space left on device"))
  }

  @Test func `a sink whose disk is full says so, and completes when it is started again`() throws {
    var random = SeededGenerator.forTest("full sink")
    let lake = try SinkDisk(&random)
    for run in [0, 1] {
      let disk = try lake.prepare(run)
      try disk.setFull(true)
      let finished = try lake.sink(disk.environment())
      #expect(finished.code == 69, "\(finished.errors)")
      #expect(finished.complaints.last?.contains(lake.scene.lake) ?? false, "\(finished.errors)")
      try lake.settle("after a full disk, run \(run)")
    }
  }
}

/// A file system of a few megabytes in memory. Needs the right to mount.
final class SmallDisk {
  let path: String
  private var ballast: String { "\(path)/ballast" }

  /// Nil, and says so aloud, where nothing may be mounted.
  init?(megabytes: Int) throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("wick-small-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
      print("SKIPPED: a file system that is really full, since none can be mounted here: \(String(cString: strerror(errno)))")
      try FileManager.default.removeItem(atPath: path)
      return nil
    }
  }

  deinit {
    umount2(path, Int32(MNT_DETACH))
    do { try FileManager.default.removeItem(atPath: path) } catch { print("left \(path) behind: \(error)") }
  }

  /// Takes all the space.
  func fill() throws {
    let descriptor = open(ballast, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    guard descriptor >= 0 else { throw Scene.Broken(description: "no ballast: \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    let page = [UInt8](repeating: 1, count: 4096)
    while page.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) > 0 {}
  }

  func free() throws { try FileManager.default.removeItem(atPath: ballast) }
}
