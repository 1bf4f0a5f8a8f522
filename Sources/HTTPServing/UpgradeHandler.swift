import NIOCore
import NIOHTTP1

/// Lets an answer with status 101 take over its connection: from then on the bytes that come are the body of the request, and
/// the body of the answer is the bytes that go, until it ends.
///
/// It stands between HTTP's coders and whoever answers. Of a request that asks for another protocol the end is held back until
/// the head of the answer shows whether it gets it. The decoder reads nothing behind such a request; where it is answered in
/// HTTP after all, the connection is closed with the answer.
final class UpgradeHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private enum State {
    case http
    /// A request that asks for another protocol has come; the end of it as well, where there is one.
    case asked(end: HTTPHeaders??)
    case refused
    case upgraded
  }

  private var state = State.http
  /// Requests that are not answered to their end.
  private var open = 0

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = Self.unwrapInboundIn(data)
    switch (part, state) {
    case (.head(let head), _):
      open += 1
      if Self.asksForUpgrade(head) { state = .asked(end: nil) }
      context.fireChannelRead(data)
    case (.end(let trailers), .asked):
      state = .asked(end: .some(trailers))
      takeBytes(context)
    default:
      context.fireChannelRead(data)
    }
  }

  /// As the decoder decides that what follows is none of its own.
  private static func asksForUpgrade(_ head: HTTPRequestHead) -> Bool {
    let connection = head.headers[canonicalForm: "connection"]
    return head.method == .GET && head.headers.contains(name: "upgrade")
      && connection.contains { $0.lowercased() == "upgrade" } && !head.headers.contains(name: "transfer-encoding")
      && (head.headers.first(name: "content-length") ?? "0") == "0"
  }

  /// Replaces the decoder, which is done, by what hands bytes on as they are.
  private func takeBytes(_ context: ChannelHandlerContext) {
    let pipeline = context.pipeline.syncOperations
    do {
      let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self)
      try pipeline.addHandler(ByteTunnel(), position: .before(self))
      pipeline.removeHandler(context: decoder, promise: nil)
    } catch {
      context.fireErrorCaught(error)
      context.close(promise: nil)
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let part = Self.unwrapOutboundIn(data)
    switch (part, state) {
    case (.head(let head), .asked(let end)) where open == 1:
      answer(head, end, context, promise)
    case (.body(let body), .upgraded):
      context.write(NIOAny(body), promise: promise)
    case (.end, .upgraded):
      close(after: NIOAny(IOData.byteBuffer(ByteBuffer())), context, promise)
    case (.end, .refused):
      close(after: data, context, promise)
    case (.end, _):
      open -= 1
      context.write(data, promise: promise)
    default:
      context.write(data, promise: promise)
    }
  }

  private func answer(
    _ head: HTTPResponseHead, _ end: HTTPHeaders??, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
  ) {
    guard head.status == .switchingProtocols, end != nil else {
      state = .refused
      var head = head
      head.headers.replaceOrAdd(name: "connection", value: "close")
      context.write(Self.wrapOutboundOut(.head(head)), promise: promise)
      if let trailers = end { context.fireChannelRead(Self.wrapInboundOut(.end(trailers))) }
      return
    }
    state = .upgraded
    context.write(Self.wrapOutboundOut(.head(head)), promise: promise)
    let pipeline = context.pipeline.syncOperations
    do {
      pipeline.removeHandler(context: try pipeline.context(handlerType: HTTPResponseEncoder.self), promise: nil)
    } catch {
      context.fireErrorCaught(error)
      context.close(promise: nil)
    }
  }

  private func close(after last: NIOAny, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
    let written = promise ?? context.eventLoop.makePromise()
    let channel = context.channel
    written.futureResult.whenComplete { _ in channel.close(promise: nil) }
    context.writeAndFlush(last, promise: written)
  }
}

/// Bytes as parts of a request's body.
private final class ByteTunnel: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = HTTPServerRequestPart

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    context.fireChannelRead(Self.wrapInboundOut(.body(Self.unwrapInboundIn(data))))
  }
}
