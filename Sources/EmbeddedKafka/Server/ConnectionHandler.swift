import Logging
import NIOCore
import NIOPosix

/// One client connection: cuts frames, hands requests to the worker threads one at a time and in order, writes the answers.
///
/// The next request starts only when the answer to the one before has been written and the socket takes more, which is the order
/// that the protocol promises and bounds what one connection can keep in memory. Reading stops while requests wait.
final class ConnectionHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Requests that may wait before reading stops.
  private static let queueLimit = 32
  private static let queueBytesLimit = 4 * 1024 * 1024

  private let core: BrokerCore
  private var assembler = FrameAssembler(limit: RequestHeader.frameLimit)
  private var queue = CircularBuffer<ByteBuffer>()
  private var queuedBytes = 0
  private var isBusy = false
  private var isClosed = false
  private var wantsRead = false
  private var host = ""

  init(core: BrokerCore) { self.core = core }

  func channelActive(context: ChannelHandlerContext) {
    host = context.remoteAddress?.ipAddress.map { "/\($0)" } ?? ""
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    isClosed = true
    queue.removeAll()
    queuedBytes = 0
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    do throws(FrameAssembler.BadFrame) {
      try assembler.feed(unwrapInboundIn(data)) { frame in
        queue.append(frame)
        queuedBytes += frame.readableBytes
      }
    } catch {
      core.logger.debug("frame length out of range, connection closed", metadata: ["length": "\(error.length)"])
      context.close(promise: nil)
      return
    }
    startNext(context)
  }

  func read(context: ChannelHandlerContext) {
    if isFull { wantsRead = true } else { context.read() }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    startNext(context)
    context.fireChannelWritabilityChanged()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    core.logger.debug("connection failed", metadata: ["error": "\(error)"])
    context.close(promise: nil)
  }

  private var isFull: Bool { queue.count >= Self.queueLimit || queuedBytes >= Self.queueBytesLimit }

  private func startNext(_ context: ChannelHandlerContext) {
    guard !isBusy, !isClosed, context.channel.isWritable, var frame = queue.popFirst() else { return }
    queuedBytes -= frame.readableBytes
    isBusy = true
    let header: RequestHeader
    do throws(WireError) {
      header = try RequestHeader.take(from: &frame)
    } catch {
      core.logger.debug("unreadable request, connection closed", metadata: ["error": "\(error)"])
      context.close(promise: nil)
      return
    }
    dispatch(header, frame, context)
    if wantsRead, !isFull {
      wantsRead = false
      context.read()
    }
  }

  private func dispatch(_ header: RequestHeader, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let loop = context.eventLoop
    let core = self.core
    let call = Call(header: header, body: body, clientHost: host) { outcome in
      loop.execute { bound.value.0.finish(outcome, bound.value.1) }
    }
    core.workers.submit { state in
      guard case .active = state else { return }
      core.handle(call, on: loop)
    }
  }

  private func finish(_ outcome: CallOutcome, _ context: ChannelHandlerContext) {
    guard !isClosed else { return }
    switch outcome {
    case .response(let parts):
      for part in parts { context.write(wrapOutboundOut(part), promise: nil) }
      context.flush()
    case .nothing: break
    case .close:
      context.close(promise: nil)
      return
    }
    isBusy = false
    startNext(context)
  }
}
