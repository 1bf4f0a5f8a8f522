import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// HTTP/1.1 in which an answer with status 101 takes over its connection.
///
/// The responder answers such a request like any other, with status 101 and a body: what the body's writer writes are the bytes
/// that go, and the request's body are the bytes that come.
struct UpgradableHTTP1Channel: ServerChildChannel {
  let base: HTTP1Channel

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
    base.setup(channel: channel, logger: logger).flatMapThrowing { value in
      let pipeline = channel.pipeline.syncOperations
      let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self)
      try pipeline.addHandler(UpgradeHandler(), position: .after(decoder.handler))
      return value
    }
  }

  func handle(value: HTTP1Channel.Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}

extension HTTPServerBuilder {
  /// HTTP/1.1 in which an answer with status 101 takes over its connection.
  static func upgradableHTTP1(_ configuration: HTTP1Channel.Configuration) -> HTTPServerBuilder {
    HTTPServerBuilder { UpgradableHTTP1Channel(base: HTTP1Channel(responder: $0, configuration: configuration)) }
  }
}
