import JSON
import Contracts

/// How far a finite source has been brought onto Kafka: committed in the same transaction as the trades themselves, so that
/// a killed ingest goes on with the first trade nobody has seen.
public struct SourcePosition: Equatable, Sendable {
  /// Lines of a file, or trades of the simulator, that are dealt with.
  public var line: Int64
  /// Trades sent so far, over all runs.
  public var trades: Int64
  /// Lines that were no trades, over all runs.
  public var rejects: Int64
  /// Names the transaction that wrote it, so that a commit whose answer was lost can be told from one that failed.
  public var commit = ""

  public init(line: Int64 = 0, trades: Int64 = 0, rejects: Int64 = 0) {
    self.line = line
    self.trades = trades
    self.rejects = rejects
  }

  /// The value kept in the positions topic: `{"line":…,"trades":…,"rejects":…,"commit":…}`.
  public var encoded: [UInt8] {
    let json: JSONValue = .object([
      .init("line", .int(line)), .init("trades", .int(trades)), .init("rejects", .int(rejects)),
      .init("commit", .string(commit)),
    ])
    return json.utf8
  }

  /// Reads what `encoded` wrote. A value of another shape is an error: starting over would send everything twice.
  public init(decoding bytes: [UInt8]) throws(IngestError) {
    let json = try? JSONValue(parsing: bytes)
    guard let line = json?["line"]?.intValue, let trades = json?["trades"]?.intValue, let rejects = json?["rejects"]?.intValue,
      line >= 0
    else {
      throw IngestError(
        .badInput,
        "The stored position of this source cannot be read; start over with --from-start (trades sent again are removed as duplicates)."
      )
    }
    self.init(line: Int64(line), trades: Int64(trades), rejects: Int64(rejects))
    commit = json?["commit"]?.stringValue ?? ""
  }
}
