/// The server's side of one connection after its opening handshake (RFC 6455): bytes in, texts and bytes out. Pure.
///
/// Times are milliseconds of a clock that does not go back.
public struct ServerConnection: Sendable {
  public struct Bounds: Sendable {
    /// Bytes of one message, all of its frames together.
    public var message = 64 << 10
    /// How long the peer may be silent before it is asked whether it lives, and how long it has to answer.
    public var heartbeat: Int64 = 15_000
    /// How long the peer's closing frame is waited for.
    public var closing: Int64 = 2_000

    public init() {}
  }

  public enum State: Hashable, Sendable {
    case open
    /// A closing frame is sent or about to be; what still comes is read and dropped, so that the peer gets to read why.
    case closing
    /// Nothing more is sent or waited for.
    case closed
  }

  public let bounds: Bounds
  public private(set) var state = State.open
  /// What the peer did wrong, where that is why it ends.
  public private(set) var error: WebSocketError?
  private var reader = FrameReader()
  private var message: [UInt8]?
  /// Of several pings only the last is answered, as 5.5.3 allows, so that nothing piles up.
  private var pong: [UInt8]?
  private var close: Frame?
  private var wantsPing = false
  private var heard: Int64
  private var asked: Int64?
  private var deadline: Int64?

  /// - Parameter now: when the handshake ended.
  public init(_ bounds: Bounds = Bounds(), now: Int64) {
    self.bounds = bounds
    heard = now
  }

  /// Bytes of the peer that are held.
  public var held: Int { reader.held + (message?.count ?? 0) }

  // MARK: What comes in

  /// Takes what the peer sent. Call `nextMessage` until it is nil before taking more.
  public mutating func receive(_ bytes: some Collection<UInt8>, now: Int64) {
    heard = now
    asked = nil
    // After an error the stream has no frames any more.
    guard state != .closed, error == nil else { return }
    reader.append(bytes)
  }

  /// The next whole text, in order; nil where there is none yet.
  public mutating func nextMessage(now: Int64) -> String? {
    while error == nil, state != .closed {
      do {
        guard let frame = try reader.next(limit: bounds.message - (message?.count ?? 0)) else { return nil }
        if let text = try take(frame, now: now), state == .open { return text }
      } catch {
        self.error = error
        reader.removeAll()
        message = nil
        begin(closing: .close(error.code.rawValue, error.description), now: now)
      }
    }
    return nil
  }

  private mutating func take(_ frame: Frame, now: Int64) throws(WebSocketError) -> String? {
    switch frame.opcode {
    case .ping: pong = frame.payload
    case .pong: break
    case .close: try takeClose(frame.payload)
    case .binary: throw WebSocketError(.unsupported, "messages are texts")
    case .text:
      guard message == nil else { throw WebSocketError(.protocolError, "a message begins within another") }
      message = frame.payload
    case .continuation:
      guard message != nil else { throw WebSocketError(.protocolError, "a continuation has nothing to continue") }
      message?.append(contentsOf: frame.payload)
    }
    guard !frame.opcode.isControl, frame.isFinal, let whole = message else { return nil }
    message = nil
    guard let text = String(validating: whole, as: UTF8.self) else {
      throw WebSocketError(.invalidText, "a text is not UTF-8")
    }
    return text
  }

  private mutating func takeClose(_ payload: [UInt8]) throws(WebSocketError) {
    var code: UInt16?
    if !payload.isEmpty {
      guard payload.count >= 2 else { throw WebSocketError(.protocolError, "a closing frame has half a code") }
      let sent = UInt16(payload[0]) << 8 | UInt16(payload[1])
      guard CloseCode.isValid(sent) else { throw WebSocketError(.protocolError, "a closing frame has a code that is none") }
      guard String(validating: payload.dropFirst(2), as: UTF8.self) != nil else {
        throw WebSocketError(.invalidText, "a reason is not UTF-8")
      }
      code = sent
    }
    // The answer to a closing frame is its code; the other way round it is what was waited for.
    if state == .open { close = .close(code) }
    state = .closed
    reader.removeAll()
  }

  /// The peer sends nothing more; what it may still read is not worth keeping a connection for.
  public mutating func end() { state = .closed }

  // MARK: What goes out

  /// Begins to close. Without effect where that has begun.
  public mutating func close(_ code: CloseCode, _ reason: String, now: Int64) {
    guard state == .open else { return }
    begin(closing: .close(code.rawValue, reason), now: now)
  }

  private mutating func begin(closing frame: Frame, now: Int64) {
    guard state == .open else {
      // What is wrong after a closing frame was sent ends it without another.
      state = .closed
      return
    }
    close = frame
    state = .closing
    deadline = now + bounds.closing
  }

  /// Lets time pass: asks a silent peer, and gives up on a dead one.
  public mutating func pass(now: Int64) {
    if let deadline, now >= deadline { state = .closed }
    guard state == .open else { return }
    guard now - (asked ?? heard) >= bounds.heartbeat else { return }
    if asked == nil {
      asked = now
      wantsPing = true
    } else {
      state = .closed
    }
  }

  /// Control frames to be sent now; the closing frame is the last thing that is ever sent.
  public mutating func takeControl() -> [UInt8] {
    var bytes: [UInt8] = []
    if let payload = pong { bytes += Frame(.pong, payload).bytes }
    if wantsPing, close == nil { bytes += Frame(.ping, []).bytes }
    if let frame = close { bytes += frame.bytes }
    (pong, wantsPing, close) = (nil, false, nil)
    return bytes
  }
}
