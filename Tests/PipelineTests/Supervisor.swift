import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Keeps processes running as an init system would, and kills them at chosen moments.
final class Supervisor {
  enum Role: String, CaseIterable { case broker, ingest, queries, sink }

  /// One process under supervision.
  private struct Ward {
    var process: WickProcess
    let start: () throws -> WickProcess
    /// It has ended well by itself and is not started again.
    var isDone = false
  }

  private var wards: [Role: Ward] = [:]
  private let times: RecoveryTimes?
  private(set) var kills: [Role: Int] = [:]
  /// Exit codes of processes that were not killed, in order.
  private(set) var exits: [(role: Role, code: Int32, errors: String)] = []

  /// - Parameter times: is told of each kill.
  init(times: RecoveryTimes? = nil) { self.times = times }

  func supervise(_ role: Role, _ start: @escaping () throws -> WickProcess) throws {
    wards[role] = Ward(process: try start(), start: start)
  }

  /// Lets `seconds` pass, starting again what ends meanwhile.
  func watch(seconds: Double) throws {
    let end = Date().addingTimeInterval(seconds)
    repeat {
      try restartEnded()
      guard let running = wards.values.first(where: { !$0.isDone }) else { return }
      _ = running.process.wait(seconds: 0.01)
    } while Date() < end
  }

  private func restartEnded() throws {
    for (role, ward) in wards where !ward.isDone {
      guard let code = ward.process.exitCode else { continue }
      exits.append((role, code, ward.process.errors))
      if code == 0 { wards[role]?.isDone = true } else { wards[role]?.process = try ward.start() }
    }
  }

  /// SIGKILL to all of them at the same moment, and started again at once. Those that had ended well before are left alone.
  func kill(_ roles: [Role]) throws {
    try restartEnded()
    let running = roles.filter { wards[$0]?.isDone == false }
    let moment = Date()
    for role in running { wards[role]?.process.send(SIGKILL) }
    for role in running {
      guard let ward = wards[role] else { continue }
      if ward.process.kill9() {
        kills[role, default: 0] += 1
        // The sink has no part in the making of candles.
        if role != .sink { times?.killed(running.count > 1 ? "several" : role.rawValue, at: moment) }
      }
      wards[role]?.process = try ward.start()
    }
  }

  /// Asks all but the broker to finish their work, and waits until they have.
  func stopAll() throws {
    for role in Role.allCases where role != .broker {
      guard let ward = wards[role], !ward.isDone else { continue }
      ward.process.send(SIGTERM)
      guard ward.process.wait(seconds: 60) != nil else {
        throw Scene.Broken(description: "\(role) did not leave: \(ward.process.output)\(ward.process.errors)")
      }
    }
    wards = wards.filter { $0.key == .broker }
  }
}
