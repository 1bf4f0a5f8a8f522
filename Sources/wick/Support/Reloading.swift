import Foundation
import HTTPServing
import Serve

/// What a server does at SIGHUP: it reads its certificate and the files of keys again. What is wrong with one of them is said,
/// and what was read before stays in force.
enum Reloading {
  static func watch(_ interrupts: Interrupts, _ server: QueryServer, _ visitors: Visitors, _ identity: TLSIdentity?) {
    warn(identity)
    interrupts.onHangup {
      do {
        server.admit(try visitors.rules())
        try identity?.reload()
        Terminal.complain("keys and certificate have been read again")
        warn(identity)
      } catch { Terminal.complain("not all files were read again, and what was in force goes on: \(Failure(error).sentence)") }
    }
  }

  /// Of a certificate whose time is not now.
  private static func warn(_ identity: TLSIdentity?) {
    guard let warning = identity?.warning(now: Int64(Date().timeIntervalSince1970 * 1000)) else { return }
    Terminal.complain(warning)
  }
}
