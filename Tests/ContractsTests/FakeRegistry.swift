import Foundation
import Glibc

/// An HTTP server that gives prepared answers, one per request and connection, and keeps what it was asked.
final class FakeRegistry: @unchecked Sendable {
  private let listener: Int32
  private let lock = NSLock()
  private var answers: [(status: Int, body: String)]
  private var seen: [String] = []
  let port: Int

  /// After the last answer, that one is repeated.
  init(_ answers: [(status: Int, body: String)]) throws {
    self.answers = answers
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &length) == 0
      }
    }
    guard status else { throw TestFailure() }
    port = Int(UInt16(bigEndian: address.sin_port))
    Thread { self.serve() }.start()
  }

  /// Refuses further connections.
  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  /// The request lines, and the bodies where there are any.
  var requests: [String] { lock.withLock { seen } }

  private func serve() {
    while true {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { break }
      answer(connection)
      close(connection)
    }
    close(listener)
  }

  private func answer(_ connection: Int32) {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while !Self.isWhole(text) {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return }
      text += String(decoding: buffer[..<count], as: UTF8.self)
    }
    let parts = text.components(separatedBy: "\r\n\r\n")
    let line = parts[0].components(separatedBy: "\r\n")[0].replacing(" HTTP/1.1", with: "")
    let next = lock.withLock {
      seen.append(parts[1].isEmpty ? line : line + " " + parts[1])
      return answers.count > 1 ? answers.removeFirst() : answers[0]
    }
    // Status 0 stands for a connection that breaks before it answers.
    guard next.status > 0 else { return }
    let head = "HTTP/1.1 \(next.status) X\r\nContent-Length: \(next.body.utf8.count)\r\nConnection: close\r\n\r\n"
    let reply = Array((head + next.body).utf8)
    _ = send(connection, reply, reply.count, Int32(MSG_NOSIGNAL))
  }

  private static func isWhole(_ text: String) -> Bool {
    let parts = text.components(separatedBy: "\r\n\r\n")
    guard parts.count > 1 else { return false }
    let length = parts[0].components(separatedBy: "\r\n").first { $0.hasPrefix("Content-Length: ") }
    return parts[1].utf8.count >= (length.flatMap { Int($0.dropFirst(16)) } ?? 0)
  }
}
