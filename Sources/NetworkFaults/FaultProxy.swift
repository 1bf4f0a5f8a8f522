import Dispatch
import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A TCP proxy that understands Kafka's frames and does to them what networks do: between real clients and a real cluster.
///
/// Every broker that an answer names gets a listener of its own, and the answer names that instead. Safe to use from any
/// thread; its own threads end with `stop`.
///
/// ```swift
/// let proxy = try FaultProxy(upstream: "127.0.0.1:9092")
/// proxy.inject { $0.apiKey == KafkaApi.produce && $0.direction == .answer ? .cut(after: 0) : .pass }
/// ```
public final class FaultProxy: Sendable {
  /// Decides over one frame. Called on the threads of the proxy, of several connections at once.
  public typealias Plan = @Sendable (KafkaFrame) -> FrameFate

  private struct Held { var frame: KafkaFrame, upstream: Endpoint }

  private struct State {
    var plan: Plan = { _ in .pass }
    var listeners: [Endpoint: (descriptor: Int32, port: Int32)] = [:]
    var connections: [Int: ProxyConnection] = [:]
    var opened = 0
    var held: [Held] = []
    var answers: [Int16: Int] = [:]
    var faults = 0
    var problem: NetworkFaultError?
    var isStopped = false
  }

  private let state = Mutex(State())
  private let threads = DispatchGroup()
  private let first: Endpoint

  /// - Parameter upstream: `host:port` of any broker of the cluster.
  public init(upstream: String) throws(NetworkFaultError) {
    first = try Endpoint(upstream)
    _ = try local(first)
  }

  deinit { stop() }

  /// Where clients connect to.
  public var bootstrap: String {
    get throws(NetworkFaultError) { "127.0.0.1:\(try local(first).port)" }
  }

  /// From now on, `plan` decides.
  public func inject(_ plan: @escaping Plan) { state.withLock { $0.plan = plan } }

  /// From now on, every frame passes. What is held stays held.
  public func heal() { inject { _ in .pass } }

  /// The number of answers to this kind of request that have reached the client.
  public func answers(to apiKey: Int16) -> Int { state.withLock { $0.answers[apiKey] ?? 0 } }

  /// The number of frames whose fate was another than to pass.
  public var faults: Int { state.withLock { $0.faults } }

  /// The number of frames kept for `releaseHeld`.
  public var heldCount: Int { state.withLock { $0.held.count } }

  /// The first thing the proxy could not do, if any.
  public var problem: NetworkFaultError? { state.withLock { $0.problem } }

  /// Delivers what was held, in order, each on a new connection, and waits until the broker has answered.
  ///
  /// - Returns: the frames and their answers; no answer where the broker closed the connection.
  @discardableResult
  public func releaseHeld() -> [(frame: KafkaFrame, answer: [UInt8]?)] {
    let held = state.withLock { state in
      defer { state.held = [] }
      return state.held
    }
    return held.map { held in
      guard let descriptor = Socket.connect(held.upstream) else { return (held.frame, nil) }
      defer { close(descriptor) }
      guard Socket.send(held.frame.bytes[...], descriptor) else { return (held.frame, nil) }
      return (held.frame, Socket.frame(descriptor))
    }
  }

  /// Lets stalled frames go on their way.
  public func releaseStalled() {
    for connection in state.withLock({ Array($0.connections.values) }) { connection.releaseStalled() }
  }

  /// Cuts every connection there is; clients may come again.
  public func cutAll() {
    for connection in state.withLock({ Array($0.connections.values) }) { connection.cut() }
  }

  /// Cuts everything and waits for the threads. Must not be called by a plan.
  public func stop() {
    let listeners = state.withLock { state in
      state.isStopped = true
      defer { state.listeners = [:] }
      return Array(state.listeners.values)
    }
    for listener in listeners { shutdown(listener.descriptor, Int32(SHUT_RDWR)) }
    cutAll()
    threads.wait()
    for listener in listeners { close(listener.descriptor) }
  }

  /// The address that stands for a broker.
  func local(_ upstream: Endpoint) throws(NetworkFaultError) -> Endpoint {
    let result: Result<Endpoint, NetworkFaultError> = state.withLock { state in
      if let known = state.listeners[upstream] { return .success(Endpoint(host: "127.0.0.1", port: known.port)) }
      guard !state.isStopped else { return .failure(.badAddress(upstream.host)) }
      do throws(NetworkFaultError) {
        let listener = try Socket.listen()
        state.listeners[upstream] = listener
        spawn("accept") { [weak self] in Self.accept(listener.descriptor) { self?.serve($0, upstream) ?? false } }
        return .success(Endpoint(host: "127.0.0.1", port: listener.port))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private func spawn(_ name: String, _ body: @escaping @Sendable () -> Void) {
    threads.enter()
    let thread = Thread { [threads] in
      Thread.current.name = "fault-\(name)"
      body()
      threads.leave()
    }
    thread.stackSize = 512 << 10
    thread.start()
  }

  private static func accept(_ descriptor: Int32, _ serve: (Int32) -> Bool) {
    while true {
      #if canImport(Glibc)
        let client = Glibc.accept(descriptor, nil, nil)
      #else
        let client = Darwin.accept(descriptor, nil, nil)
      #endif
      guard client >= 0 else { return }
      Socket.noDelay(client)
      if !serve(client) { close(client) }
    }
  }

  /// False when the client cannot be served.
  private func serve(_ client: Int32, _ upstream: Endpoint) -> Bool {
    guard let broker = Socket.connect(upstream) else { return false }
    let connection: ProxyConnection? = state.withLock { state in
      guard !state.isStopped else { return nil }
      let connection = ProxyConnection(number: state.opened, client: client, broker: broker)
      state.connections[state.opened] = connection
      state.opened += 1
      return connection
    }
    guard let connection else {
      close(broker)
      return false
    }
    spawn("requests") { [self] in
      connection.pumpRequests { fate(of: $0, upstream) }
      ended(connection)
    }
    spawn("answers") { [self] in
      connection.pumpAnswers(rewriting: { try self.rewritten($0) }) {
        fate(of: $0, upstream)
      } delivered: {
        counted($0)
      }
      ended(connection)
    }
    return true
  }

  private func ended(_ connection: ProxyConnection) {
    if connection.leave() { _ = state.withLock { $0.connections.removeValue(forKey: connection.number) } }
  }

  private func rewritten(_ frame: KafkaFrame) throws(NetworkFaultError) -> [UInt8] {
    do {
      return try AddressRewriter.rewrite(frame.bytes, apiKey: frame.apiKey, version: frame.version) { try local($0) }
    } catch {
      state.withLock { $0.problem = $0.problem ?? error }
      throw error
    }
  }

  private func fate(of frame: KafkaFrame, _ upstream: Endpoint) -> FrameFate {
    let fate = state.withLock { $0.plan }(frame)
    guard fate != .pass else { return fate }
    state.withLock { state in
      state.faults += 1
      if fate == .hold { state.held.append(Held(frame: frame, upstream: upstream)) }
    }
    return fate
  }

  private func counted(_ frame: KafkaFrame) { state.withLock { $0.answers[frame.apiKey, default: 0] += 1 } }
}
