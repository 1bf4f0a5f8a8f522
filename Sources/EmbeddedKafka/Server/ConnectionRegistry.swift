import NIOCore
import Synchronization

/// The open connections, so that a stop can close them.
final class ConnectionRegistry: Sendable {
  private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

  func add(_ channel: any Channel) {
    let id = ObjectIdentifier(channel)
    channels.withLock { $0[id] = channel }
    channel.closeFuture.whenComplete { [weak self] _ in self?.channels.withLock { $0[id] = nil } }
  }

  /// Closes the server, then every connection; returns when all are closed.
  func closeAll(_ server: any Channel) {
    // A channel that is already closed reports an error, which is what is wanted.
    try? server.close().wait()
    let open = channels.withLock { Array($0.values) }
    for channel in open { channel.close(promise: nil) }
    for channel in open { try? channel.closeFuture.wait() }
  }
}
