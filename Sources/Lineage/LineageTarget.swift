import Foundation
import JSON

/// Where events go: a file, one JSON object a line, or an endpoint that takes them by POST.
public enum LineageTarget: Hashable, Sendable {
  case file(String)
  case endpoint(String)

  /// Reads `file:PATH`, or an address with http:// or https://; nil for anything else.
  public init?(_ text: String) {
    if text.hasPrefix("file:"), text.count > 5 {
      self = .file(String(text.dropFirst(5)))
    } else if let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host() != nil {
      self = .endpoint(text)
    } else {
      return nil
    }
  }
}

/// Adds events to a file. Safe from any thread.
public struct LineageFile: Sendable {
  private let path: String

  public init(_ path: String) { self.path = path }

  /// One write at the end of the file, so that processes may share it.
  public func append(_ event: LineageEvent) throws {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    defer { close(descriptor) }
    let bytes = Array((event.json.text + "\n").utf8)
    guard write(descriptor, bytes, bytes.count) == bytes.count else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
  }
}
