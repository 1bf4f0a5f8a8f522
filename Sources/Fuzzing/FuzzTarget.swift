/// Something that reads what others wrote: a parser or a decoder.
public struct FuzzTarget: Sendable {
  /// How inputs are damaged.
  public enum Kind: Sendable { case text, binary }

  /// What an input led to.
  public enum Outcome: Hashable, Sendable {
    /// It was read.
    case accepted
    /// It was refused with an error of the reader's own.
    case refused
    /// The reader broke a promise: what it read is not what it writes, or its error says nothing.
    case broken(String)
  }

  public typealias Reader = ([UInt8]) -> Outcome

  public let name: String
  let kind: Kind
  /// Valid inputs, which damaged ones are made from.
  let seeds: [[UInt8]]
  /// Pieces that mean something to the reader, put in where chance has it.
  let pieces: [[UInt8]]
  /// Makes a reader that belongs to one thread.
  let reader: @Sendable () -> Reader

  init(
    _ name: String, _ kind: Kind, seeds: [[UInt8]], pieces: [String] = [], reader: @escaping @Sendable () -> Reader
  ) {
    self.name = name
    self.kind = kind
    self.seeds = seeds
    self.pieces = pieces.map { Array($0.utf8) }
    self.reader = reader
  }

  /// Every target, by name.
  public static let all: [FuzzTarget] =
    ([sql, queries] + json + rows + avro + values + texts + [caseFiles, cases, webSocket, socketRequests]).sorted {
      $0.name < $1.name
    }

  /// What the reader makes of one input.
  public func outcome(of input: [UInt8]) -> Outcome { reader()(input) }
}

extension [String] {
  var bytes: [[UInt8]] { map { [UInt8]($0.utf8) } }
}
