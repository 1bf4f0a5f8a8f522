import Foundation
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// A single-node Kafka broker in this process: clients of Kafka 0.11 and later connect to it over TCP.
///
/// Safe to use from any thread. `start` and `stop` block and must not be called from an event loop.
///
/// ```swift
/// let broker = EmbeddedBroker(configuration: .init(port: 0, dataDirectory: "/var/lib/wick"))
/// let port = try broker.start()
/// defer { broker.stop() }
/// ```
public final class EmbeddedBroker: Sendable {
  private struct Running: Sendable {
    let core: BrokerCore
    let group: MultiThreadedEventLoopGroup
    let server: any Channel
    let connections: ConnectionRegistry
    let timers: [RepeatedTask]
  }

  /// How this broker was set up.
  public let configuration: Configuration
  private let logger: Logger
  private let clock: BrokerClock
  private let onFailure: @Sendable (BrokerError) -> Void
  private let running = Mutex<Running?>(nil)

  /// A broker that is not started; nothing is opened yet.
  ///
  /// - Parameter onFailure: called once, on a thread of the broker's, when the disk has failed in such a way that only a new start
  ///   can help: nothing more is accepted by the log that it happened to. Must not call `stop`; a process had better end.
  public convenience init(
    configuration: Configuration, logger: Logger = Logger(label: "wick.broker"),
    onFailure: @escaping @Sendable (BrokerError) -> Void = { _ in }
  ) {
    self.init(configuration: configuration, logger: logger, clock: .system, onFailure: onFailure)
  }

  init(
    configuration: Configuration, logger: Logger, clock: BrokerClock,
    onFailure: @escaping @Sendable (BrokerError) -> Void = { _ in }
  ) {
    self.onFailure = onFailure
    self.configuration = configuration
    self.logger = logger
    self.clock = clock
  }

  /// Opens the data directory, recovers what a crash left, and listens.
  ///
  /// - Returns: the port listened on; with port 0 in the configuration, the one the system chose.
  /// - Throws: `BrokerError` when the port is taken, the directory is not writable, locked or damaged.
  @discardableResult
  public func start() throws(BrokerError) -> Int {
    let result: Result<Int, BrokerError> = running.withLock { running in
      guard running == nil else { return .failure(BrokerError(.wrongState, "the broker is already started; stop it first")) }
      do throws(BrokerError) {
        let started = try launch()
        running = started
        return .success(started.server.localAddress?.port ?? 0)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// Closes all connections, waits for work under way and closes the logs in order. Does nothing when not started.
  public func stop() {
    guard
      let running = running.withLock({ running in
        defer { running = nil }
        return running
      })
    else { return }
    for timer in running.timers { timer.cancel() }
    running.connections.closeAll(running.server)
    do {
      try running.core.workers.syncShutdownGracefully()
      try running.group.syncShutdownGracefully()
      try running.core.logs.close()
    } catch {
      logger.error("broker did not stop in order; the next start recovers", metadata: ["error": "\(error)"])
    }
  }

  /// The log of a topic with one compacted partition, created when it does not exist; clients see the topic too.
  ///
  /// Blocks on the disk. The log lives until `stop`.
  func internalTopic(_ name: String) throws(BrokerError) -> PartitionLog {
    guard let core = running.withLock({ $0?.core }) else {
      throw BrokerError(.wrongState, "the broker is not started; start it before asking for a topic")
    }
    let result: Result<PartitionLog, LogError> = core.topicLock.withLock { _ in
      do throws(LogError) { return .success(try BrokerCore.internalLog(name, core.logs)) } catch { return .failure(error) }
    }
    do throws(LogError) {
      return try result.get()
    } catch {
      throw BrokerError(error, directory: configuration.dataDirectory)
    }
  }

  private func launch() throws(BrokerError) -> Running {
    let core = try BrokerCore(configuration, clock: clock, logger: logger, onFailure: onFailure)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let connections = ConnectionRegistry()
    core.workers.start()
    do {
      let server = try listen(core, group, connections)
      let port = server.localAddress?.port ?? configuration.port
      core.advertised.withLock { $0 = (configuration.advertisedHost ?? configuration.host, Int32(port)) }
      let timers = Self.timers(core, group.next())
      return Running(core: core, group: group, server: server, connections: connections, timers: timers)
    } catch {
      try? core.workers.syncShutdownGracefully()
      try? group.syncShutdownGracefully()
      try? core.logs.close()
      throw listenError(error)
    }
  }

  private func listen(
    _ core: BrokerCore, _ group: MultiThreadedEventLoopGroup, _ connections: ConnectionRegistry
  ) throws -> any Channel {
    try ServerBootstrap(group: group)
      .serverChannelOption(ChannelOptions.backlog, value: 256)
      .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(ChannelOptions.socketOption(.tcp_nodelay), value: 1)
      .childChannelOption(
        ChannelOptions.recvAllocator,
        value: AdaptiveRecvByteBufferAllocator(minimum: 4096, initial: 65_536, maximum: 1 << 20)
      )
      .childChannelOption(
        ChannelOptions.writeBufferWaterMark, value: ChannelOptions.Types.WriteBufferWaterMark(low: 1 << 20, high: 8 << 20)
      )
      .childChannelInitializer { channel in
        connections.add(channel)
        return channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ConnectionHandler(core: core))
        }
      }
      .bind(host: configuration.host, port: configuration.port).wait()
  }

  private func listenError(_ error: any Error) -> BrokerError {
    let place = "\(configuration.host):\(configuration.port)"
    if let error = error as? IOError, error.errnoCode == EADDRINUSE {
      return BrokerError(.portTaken, "\(place) is taken; stop what listens there or choose another port")
    }
    return BrokerError(.cannotListen, "cannot listen on \(place): \(error)")
  }

  private static func timers(_ core: BrokerCore, _ loop: any EventLoop) -> [RepeatedTask] {
    func every(_ interval: TimeAmount, _ work: @escaping @Sendable (BrokerCore) -> Void) -> RepeatedTask {
      loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
        core.workers.submit { state in
          if case .active = state { work(core) }
        }
      }
    }
    return [
      every(.milliseconds(25)) { $0.tick() },
      every(.milliseconds(core.configuration.maintenanceIntervalMs)) { $0.maintain() },
    ]
  }
}
