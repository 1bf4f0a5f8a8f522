import Foundation
import HTTPServing

/// Tells people how it is with the server's certificate.
enum Certificates {
  /// Warns of a certificate whose time is not now, and reads it again at each SIGHUP.
  static func watch(_ identity: TLSIdentity, _ interrupts: Interrupts) {
    warn(identity)
    interrupts.onHangup {
      do {
        try identity.reload()
        Terminal.complain("the certificate and its key have been read again")
        warn(identity)
      } catch { Terminal.complain("the certificate in use is kept: \(error)") }
    }
  }

  private static func warn(_ identity: TLSIdentity) {
    if let warning = identity.warning(now: Int64(Date().timeIntervalSince1970 * 1000)) { Terminal.complain(warning) }
  }
}
