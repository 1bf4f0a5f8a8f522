import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Ports for servers that are killed and started again.
enum FreePort {
  /// A port nobody listens on now, and that the system gives to no outgoing connection while its server is down.
  static func take() throws -> Int {
    // Below the range of outgoing connections of Linux (32768) and of others (49152).
    for _ in 0..<200 {
      let port = Int.random(in: 12_000..<32_000)
      if isFree(port) { return port }
    }
    throw Scene.Broken(description: "200 ports in a row are taken")
  }

  private static func isFree(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
