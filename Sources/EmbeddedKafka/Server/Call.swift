import NIOCore

/// What becomes of a request.
enum CallOutcome: Sendable {
  /// A whole frame, as buffers in order.
  case response([ByteBuffer])
  /// The request asked for no response (acks=0).
  case nothing
  /// The connection cannot be used any longer.
  case close
}

/// One request under way. Exactly one outcome is delivered, from any thread.
struct Call: Sendable {
  let header: RequestHeader
  let body: ByteBuffer
  /// Address of the client, for groups and logs.
  let clientHost: String
  let deliver: @Sendable (CallOutcome) -> Void

  var version: Int16 { header.version }

  func decode<R: ApiRequest>(_ type: R.Type) throws(WireError) -> R {
    try R.decode(body, version: header.version)
  }

  /// Answers the request.
  func answer<R: ApiRequest>(_ type: R.Type, _ response: consuming R.Response) {
    do throws(WireError) {
      deliver(.response(try R.frame(response, version: header.version, correlationID: header.correlationID)))
    } catch {
      deliver(.close)
    }
  }

  /// Decodes, computes and answers in one go.
  func respond<R: ApiRequest>(_ type: R.Type, _ body: (R) -> R.Response) throws(WireError) {
    answer(type, body(try decode(type)))
  }
}
