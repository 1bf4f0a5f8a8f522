import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Ports for servers that are killed and started again.
enum FreePort {
  private static let taken = Mutex<Set<Int>>([])

  /// A port that nobody listens on now, that nobody else in this process was given, and that the system gives to no outgoing
  /// connection while its server is down.
  static func take() throws -> Int {
    let ports = belowOutgoing()
    for _ in 0..<500 {
      let port = Int.random(in: ports)
      if taken.withLock({ $0.insert(port).inserted }), isFree(port) { return port }
    }
    throw Scene.Broken(description: "500 ports in a row are taken")
  }

  /// What lies below the range of outgoing connections: 32768 on Linux unless it is told otherwise, 49152 elsewhere.
  private static func belowOutgoing() -> Range<Int> {
    let told = try? String(contentsOfFile: "/proc/sys/net/ipv4/ip_local_port_range", encoding: .utf8)
    let lowest = told?.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } ?? 32_768
    return lowest > 4_000 ? min(12_000, lowest / 2)..<min(lowest, 32_000) : 12_000..<32_000
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
