/// Variable-length byte strings, stored end to end with their end offsets (Arrow's layout without the leading zero).
public struct BytesVector: Sendable, Equatable {
  /// All strings, one after the other.
  public var data: [UInt8] = []
  /// `ends[i]` is one past the last byte of string `i`.
  public var ends: [Int] = []

  public init() {}

  /// The number of strings.
  public var count: Int { ends.count }

  /// The range of `data` that holds string `index`.
  @inlinable
  public func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

  /// String `index`, without a copy.
  @inlinable
  public subscript(index: Int) -> ArraySlice<UInt8> { data[range(index)] }

  /// Adds one string.
  @inlinable
  public mutating func append(contentsOf bytes: some Sequence<UInt8>) {
    data.append(contentsOf: bytes)
    ends.append(data.count)
  }

  /// Empties the vector and keeps its memory.
  public mutating func removeAll() {
    data.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }
}
