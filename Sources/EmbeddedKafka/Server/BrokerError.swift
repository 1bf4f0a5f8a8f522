/// Why the broker cannot start or do what was asked of it.
public struct BrokerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What to do about it.
  public struct Code: Hashable, Sendable {
    enum Base: Hashable, Sendable { case portTaken, cannotListen, directoryNotWritable, directoryLocked, damaged, storage, state }
    let base: Base

    /// Another process listens on the port: stop it or choose another port.
    public static let portTaken = Code(base: .portTaken)
    /// The host name or address is not one of this machine's.
    public static let cannotListen = Code(base: .cannotListen)
    /// The data directory cannot be created or written: choose another or change its owner.
    public static let dataDirectoryNotWritable = Code(base: .directoryNotWritable)
    /// Another broker uses the data directory: stop it or choose another directory.
    public static let dataDirectoryLocked = Code(base: .directoryLocked)
    /// Files in the data directory are damaged where no crash can have damaged them: restore them from a backup.
    public static let damagedDataDirectory = Code(base: .damaged)
    /// The disk failed or is full.
    public static let storage = Code(base: .storage)
    /// The broker is not running, or already is: a mistake of the caller.
    public static let wrongState = Code(base: .state)
  }

  public let code: Code
  /// One sentence that says what to do.
  public let message: String

  public var description: String { message }

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  init(_ error: LogError, directory: String) {
    switch error.reason {
    case .locked: self.init(.dataDirectoryLocked, error.message)
    case .corruptLog: self.init(.damagedDataDirectory, error.message)
    case .storage where error.errno == 13 || error.errno == 30 || error.errno == 20:
      self.init(.dataDirectoryNotWritable, "data directory \(directory) is not writable (\(error.message)); choose another")
    default: self.init(.storage, error.message)
    }
  }
}
