import Foundation
import HTTPServing
import Hummingbird
import Logging
import NIOCore
import TestSupport

#if canImport(Glibc)
  import Glibc
#endif

/// A server with TLS that says hello, and the clients of others that ask it. Stops with its owner.
final class SecureServer {
  static var hasTools: Bool { [curl, TestCertificates.openssl].allSatisfy { FileManager.default.isExecutableFile(atPath: $0) } }
  private static let curl = "/usr/bin/curl"

  let identity: TLSIdentity
  let port: Int
  private let listener: HTTPListener

  init(_ pair: TestCertificates.Pair, limits: HTTPLimits = HTTPLimits()) throws {
    identity = try TLSIdentity(.init(certificates: pair.certificate, key: pair.key))
    listener = HTTPListener(host: "127.0.0.1", port: 0, limits: limits, tls: identity, logger: Logger(label: "wick.test")) {
      _, _ in
      Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "hello")))
    }
    port = try listener.start()
  }

  deinit { listener.stop() }

  func curl(_ arguments: [String]) throws -> OtherProgram.Answer {
    try OtherProgram.run(Self.curl, ["-sS", "--max-time", "30"] + arguments + ["https://127.0.0.1:\(port)/"])
  }

  /// OpenSSL's own client, which leaves as soon as it is connected.
  func client(_ arguments: [String]) throws -> OtherProgram.Answer {
    try OtherProgram.run(TestCertificates.openssl, ["s_client", "-connect", "127.0.0.1:\(port)"] + arguments)
  }
}

/// A client that sends bytes as it likes.
final class RawClient {
  private let socket: Int32

  init(port: Int) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw TestCertificates.Broken("cannot connect to \(port)") }
  }

  deinit { Glibc.close(socket) }

  /// What the other side no longer takes is lost.
  func send(_ bytes: [UInt8]) { _ = Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

  /// All that comes until the other side closes.
  func readToEnd() -> [UInt8] {
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(socket, &buffer, buffer.count, 0)
      guard count > 0 else { return received }
      received += buffer.prefix(count)
    }
  }
}
