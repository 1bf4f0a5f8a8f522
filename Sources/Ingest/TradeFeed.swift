import Market
import Venues

/// One source of trades with a position that a later run can go on from. Owned by one thread.
final class TradeFeed {
  private enum Source {
    case file(FileSource)
    case simulator(Simulator)
  }

  private var source: Source
  /// Names the source in the positions topic; nil where a run cannot be resumed (standard input).
  let key: String?
  /// What the source is called in headers and messages.
  let name: String
  private var simulated: Int64 = 0

  init(_ specification: SourceSpecification, now: Int64) throws(VenueError) {
    name = specification.name
    switch specification {
    case .file(let options):
      let file = try FileSource(options, receivedNow: now)
      source = .file(file)
      key = options.path == "-" ? nil : "file:\(specification.name)#\(String(file.fingerprint, radix: 16))"
    case .simulator(let options):
      source = .simulator(Simulator(options))
      key = "sim:\(options.seed):\(options.symbols.joined(separator: ",")):\(options.rate):\(options.start)"
    }
  }

  /// The lines or trades dealt with so far.
  var line: Int64 {
    switch source {
    case .file(let file): file.lineNumber
    case .simulator: simulated
    }
  }

  /// Bytes read and in all; nil where there is no end in sight.
  var progress: (read: Int64, total: Int64?) {
    switch source {
    case .file(let file): file.progress
    case .simulator: (0, nil)
    }
  }

  var isTruncated: Bool {
    if case .file(let file) = source { return file.isTruncated }
    return false
  }

  func skip(to line: Int64) throws(VenueError) {
    switch source {
    case .file(let file): try file.skip(toLine: line)
    case .simulator(var simulator):
      while simulated < line, simulator.next() != nil { simulated += 1 }
      source = .simulator(simulator)
    }
  }

  /// Adds up to `limit` trades; false at the end.
  func read(limit: Int, trades: inout [Trade], rejects: inout [FileSource.Reject]) throws(VenueError) -> Bool {
    switch source {
    case .file(let file): return try file.read(lineLimit: limit, trades: &trades, rejects: &rejects)
    case .simulator(var simulator):
      defer { source = .simulator(simulator) }
      for _ in 0..<limit {
        guard let trade = simulator.next() else { return false }
        simulated += 1
        trades.append(trade)
      }
      return true
    }
  }
}

/// Where trades come from.
public enum SourceSpecification: Sendable {
  case file(FileSource.Options)
  case simulator(Simulator.Options)

  /// For headers and messages: a path, `-`, or `sim`.
  public var name: String {
    switch self {
    case .file(let options): options.path
    case .simulator: "sim"
    }
  }
}
