import JSON
import MarketAPI
import TestSupport
import WebSocket

extension FuzzTarget {
  /// Bytes of a client on a WebSocket. However they are cut, they mean the same; no more is held than a message; and what is sent
  /// back is frames, of which one that closes is the last.
  static let webSocket = FuzzTarget("websocket", .binary, seeds: conversations) {
    { input in
      let whole = hear([input[...]])
      let cut = stride(from: 0, to: input.count, by: 7).map { input[$0..<min($0 + 7, input.count)] }
      for other in [hear(cut), hear(input.indices.map { input[$0...$0] })] {
        guard other.texts == whole.texts, other.state == whole.state, other.error == whole.error else {
          return .broken("what is read depends on how it came")
        }
      }
      if let fault = whole.fault { return .broken(fault) }
      return whole.error == nil ? .accepted : .refused
    }
  }

  private struct Heard {
    var texts: [String] = []
    var state = ServerConnection.State.open
    var error: WebSocketError?
    var fault: String?
  }

  private static func hear(_ pieces: [ArraySlice<UInt8>]) -> Heard {
    var bounds = ServerConnection.Bounds()
    bounds.message = 300
    var connection = ServerConnection(bounds, now: 0)
    var heard = Heard()
    var sent: [UInt8] = []
    for piece in pieces {
      connection.receive(piece, now: 0)
      while let text = connection.nextMessage(now: 0) { heard.texts.append(text) }
      if connection.held > bounds.message + 14 { heard.fault = "\(connection.held) bytes are held" }
      sent += connection.takeControl()
    }
    (heard.state, heard.error) = (connection.state, connection.error)
    let (frames, count) = ClientFrame.read(sent)
    if count != sent.count || frames.contains(where: { $0.payload.count > 125 }) { heard.fault = "what is sent is no frame" }
    if frames.dropLast().contains(where: { $0.opcode == 8 }) { heard.fault = "something is sent after a closing frame" }
    return heard
  }

  private static let conversations: [[UInt8]] = [
    ClientFrame.text(#"{"op":"ping"}"#) + ClientFrame(9, [1, 2]).bytes + ClientFrame.text("é€😀")
      + ClientFrame.close(1000, "done"),
    ClientFrame(1, Array("he".utf8), isFinal: false).bytes + ClientFrame(10, []).bytes
      + ClientFrame(0, Array("llo".utf8), isFinal: false).bytes + ClientFrame(0, []).bytes,
    ClientFrame(1, Array(repeating: 65, count: 126)).bytes + ClientFrame(8, []).bytes,
    ClientFrame(9, Array(repeating: 1, count: 125)).bytes + ClientFrame.close(4999) + ClientFrame.text("behind"),
  ]

  /// Messages of a client on a WebSocket.
  static let socketRequests = FuzzTarget("socket-requests", .text, seeds: requests.bytes, pieces: words) {
    { input in
      do throws(SocketRequest.Refusal) {
        switch try SocketRequest(String(decoding: input, as: UTF8.self), every: 300) {
        case .ping: return .accepted
        case .unsubscribe(let id): return (1...64).contains(id.utf8.count) ? .accepted : .broken("an id out of bounds")
        case .subscribe(let id, let question, _):
          let filter = question.filter
          let isWithin =
            (1...64).contains(id.utf8.count) && LiveQuestion.everyRange.contains(question.every) && question.position == nil
            && [filter.symbols, filter.venues, filter.intervals].allSatisfy { $0.count <= 100 }
          return isWithin ? .accepted : .broken("a question out of bounds")
        }
      } catch {
        let problem = error.problem
        guard problem.status == 400, !problem.detail.isEmpty, problem.detail.utf8.count < 400 else {
          return .broken("a refusal without a reason")
        }
        return (try? JSONValue(parsing: problem.json.text)) == problem.json ? .refused : .broken("a refusal that is no JSON")
      }
    }
  }

  private static let requests = [
    #"{"op":"subscribe","id":"a","symbols":["BTC-USDT","ETH-USDT"],"venues":["binance"],"intervals":["1m"],"late":true,"every":300,"after":"e-7"}"#,
    #"{"op":"subscribe","id":"é\u0000\"","every":20}"#, #"{"op":"unsubscribe","id":"a"}"#, #"{"op":"ping"}"#,
  ]

  private static let words = [
    #""op":"#, #""subscribe""#, #""unsubscribe""#, #""ping""#, #""id":"#, #""symbols":["#, #""venues":"#, #""intervals":"#,
    #""late":"#, #""every":"#, #""after":"#, "[]", "{}", "null", "60000", "1e2", "-0", #""""#,
  ]
}
