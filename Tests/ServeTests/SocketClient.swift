import JSON
import TestSupport

@testable import Serve

/// A client of `/v1/ws` that sends bytes as it likes. Belongs to one thread at a time.
final class SocketClient {
  let tcp: TCPClient
  private var at = 0
  /// Frames that came and were not looked at yet.
  private var frames: [(opcode: UInt8, payload: [UInt8])] = []

  static let handshake = [
    "Connection: keep-alive, Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ]

  /// - Parameter headers: besides those of the handshake.
  init(port: Int, _ headers: [String] = []) throws {
    tcp = try TCPClient(port: port)
    tcp.get("/v1/ws", Self.handshake + headers)
    while !tcp.hasHead { if !tcp.read() { break } }
    guard tcp.head.hasPrefix("HTTP/1.1 101 ") else { throw ServeError(.failed, "refused: \(tcp.head)") }
    at = tcp.headBytes
  }

  func send(_ bytes: [UInt8]) { tcp.send(bytes) }

  func send(_ text: String) { tcp.send(ClientFrame.text(text)) }

  /// The next frame; nil when the other side has closed.
  func frame() -> (opcode: UInt8, payload: [UInt8])? {
    while true {
      if !frames.isEmpty { return frames.removeFirst() }
      let (found, count) = ClientFrame.read(tcp.received[at...])
      frames = found
      at += count
      if frames.isEmpty, !tcp.read() { return nil }
    }
  }

  /// The next message with one of these events; nil when the other side has closed.
  func message(_ events: String...) throws -> JSONValue? {
    while let frame = frame() {
      guard frame.opcode == 1 else { continue }
      let json = try JSONValue(parsing: String(decoding: frame.payload, as: UTF8.self))
      if let name = json["event"]?.stringValue, events.contains(name) { return json }
    }
    return nil
  }

  /// The code of the closing frame, and whether the connection ends with it; nil where there is none.
  func closing() -> (code: UInt16, reason: String)? {
    while let frame = frame() {
      guard frame.opcode == 8 else { continue }
      guard frame.payload.count >= 2 else { return (0, "") }
      return (
        UInt16(frame.payload[0]) << 8 | UInt16(frame.payload[1]), String(decoding: frame.payload.dropFirst(2), as: UTF8.self)
      )
    }
    return nil
  }
}
