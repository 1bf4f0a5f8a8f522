import Logging

/// A handler for swift-log that makes each event one line and hands it over whole. Safe from any thread where `write` is.
public struct LineLogHandler: LogHandler {
  public var logLevel: Logger.Level
  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?
  private let label: String
  private let format: LogLine.Format
  private let role: String
  private let pid: Int32
  private let now: @Sendable () -> Int64
  private let write: @Sendable ([UInt8]) -> Void

  /// - Parameters:
  ///   - now: microseconds since the epoch.
  ///   - write: takes one line with its newline; it must not be mixed with another.
  public init(
    label: String, level: Logger.Level, format: LogLine.Format, role: String, pid: Int32,
    now: @escaping @Sendable () -> Int64, write: @escaping @Sendable ([UInt8]) -> Void
  ) {
    self.label = label
    logLevel = level
    self.format = format
    self.role = role
    self.pid = pid
    self.now = now
    self.write = write
  }

  public subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    var all = metadata
    if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
    if let own = event.metadata { all.merge(own) { $1 } }
    if let error = event.error { all["error"] = all["error"] ?? "\(error)" }
    let line = LogLine(
      time: now(), level: event.level, logger: label, message: "\(event.message)", source: event.source, metadata: all,
      role: role, pid: pid)
    write(line.bytes(format))
  }
}
