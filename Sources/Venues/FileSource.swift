import Market

/// A finite source of trades in text form: a file, plain or gzip, or standard input. Owned by one thread.
public final class FileSource {
  /// What to read and how.
  public struct Options: Sendable {
    /// A path, or `-` for standard input.
    public var path: String
    /// Nil: told by the first lines.
    public var format: TradeFormat?
    /// For files that do not name their venue or symbol.
    public var venue: String?
    public var symbol: String?

    public init(path: String, format: TradeFormat? = nil, venue: String? = nil, symbol: String? = nil) {
      self.path = path
      self.format = format
      self.venue = venue
      self.symbol = symbol
    }
  }

  /// A line that is no trade, kept as it came.
  public struct Reject {
    public let reason: RejectReason
    public let lineNumber: Int64
    public let bytes: [UInt8]
  }

  private let input: ByteInput
  private let lines: LineReader
  private var parser: TradeParser
  /// Lines read ahead to know the source by; at most two.
  private var pending: [(bytes: [UInt8], tooLong: Bool, truncated: Bool)] = []
  /// The lines read so far: where a resumed run goes on.
  public private(set) var lineNumber: Int64 = 0
  /// A hash of the source's first two lines: a file with another beginning is another source.
  public let fingerprint: UInt64

  /// Opens the source and tells its format. Fails with `VenueError` when it is none that is known.
  public init(_ options: Options, receivedNow: Int64) throws(VenueError) {
    input = try ByteInput(path: options.path)
    lines = LineReader(input)
    guard let first = try lines.next() else {
      throw VenueError(
        .badInput,
        input.ending == .truncated
          ? "\(options.path) is a damaged gzip file: nothing in it can be read."
          : "\(options.path) is empty.")
    }
    pending.append((Array(first.bytes), first.tooLong, first.truncated))
    guard !first.truncated, let detected = options.format ?? TradeFormat.detect(first.bytes) else {
      throw VenueError(
        .badInput,
        "\(options.path) is none of the formats \(TradeFormat.allCases.map(\.rawValue).joined(separator: ", ")); name one with --format."
      )
    }
    parser = try Self.parser(options, detected, receivedNow)
    if let second = try lines.next() { pending.append((Array(second.bytes), second.tooLong, second.truncated)) }
    fingerprint = StableHash.fnv1a(pending.map(\.bytes).joined(separator: [0x0a]))
  }

  /// Which format the lines have.
  public var format: TradeFormat { parser.format }
  /// How many bytes of the file have been read, and how many it has (nil for pipes): for a progress bar.
  public var progress: (read: Int64, total: Int64?) { (input.rawBytesRead, input.rawSize) }
  /// Whether the compressed stream broke off.
  public var isTruncated: Bool { input.ending == .truncated }

  /// Passes over the lines a former run has dealt with.
  public func skip(toLine target: Int64) throws(VenueError) {
    while lineNumber < target {
      if !pending.isEmpty {
        // The first lines settle what later ones are read by (a bulk file's unit of time).
        var ignored: [Trade] = []
        pending.removeFirst().bytes.withUnsafeBufferPointer { _ = parser.parse($0, into: &ignored) }
      } else if try lines.next() == nil {
        return
      }
      lineNumber += 1
    }
  }

  /// Adds the trades of up to `lineLimit` lines to `trades` and their rejects to `rejects`; false at the end of the source.
  public func read(lineLimit: Int, trades: inout [Trade], rejects: inout [Reject]) throws(VenueError) -> Bool {
    var remaining = lineLimit
    while !pending.isEmpty, remaining > 0 {
      let line = pending.removeFirst()
      remaining -= 1
      lineNumber += 1
      line.bytes.withUnsafeBufferPointer { handle($0, line.tooLong, line.truncated, &trades, &rejects) }
    }
    while remaining > 0 {
      guard let line = try lines.next() else { return false }
      remaining -= 1
      lineNumber += 1
      handle(line.bytes, line.tooLong, line.truncated, &trades, &rejects)
    }
    return true
  }

  private func handle(
    _ bytes: UnsafeBufferPointer<UInt8>, _ tooLong: Bool, _ truncated: Bool, _ trades: inout [Trade], _ rejects: inout [Reject]
  ) {
    let outcome: LineOutcome =
      truncated ? .rejected(.truncated) : tooLong ? .rejected(.lineTooLong) : parser.parse(bytes, into: &trades)
    if case .rejected(let reason) = outcome {
      rejects.append(Reject(reason: reason, lineNumber: lineNumber, bytes: Array(bytes)))
    }
  }

  private static func parser(_ options: Options, _ format: TradeFormat, _ now: Int64) throws(VenueError) -> TradeParser {
    guard format == .binanceBulk else {
      return TradeParser(format: format, venue: options.venue ?? "", symbol: options.symbol ?? "", receivedNow: now)
    }
    let name = options.path.split(separator: "/").last.map(String.init) ?? ""
    let fromName = name.split(separator: "-").first.flatMap { SymbolTable.canonical(String($0)) }
    guard let symbol = options.symbol.flatMap(SymbolTable.canonical) ?? fromName else {
      throw VenueError(.usage, "\(options.path) does not name its symbol; give it with --symbol BTCUSDT.")
    }
    return TradeParser(format: format, venue: options.venue ?? "binance", symbol: symbol, receivedNow: now)
  }
}
