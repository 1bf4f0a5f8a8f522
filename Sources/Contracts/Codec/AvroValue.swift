/// Any Avro datum, as a tree: for tests, tools and schemas that are no flat records. The hot path has no use for it.
public indirect enum AvroValue: Sendable, Hashable {
  case null
  case boolean(Bool)
  case int(Int32)
  case long(Int64)
  case float(Float)
  case double(Double)
  case bytes([UInt8])
  case string(String)
  case fixed([UInt8])
  /// The index of the symbol.
  case enumeration(Int)
  case array([AvroValue])
  case map([Entry])
  /// The fields in the order of the schema.
  case record([AvroValue])
  /// A union: the index of the branch and its value.
  case union(Int, AvroValue)

  /// One entry of a map, in the order of the bytes.
  public struct Entry: Sendable, Hashable {
    public let key: String
    public let value: AvroValue

    public init(_ key: String, _ value: AvroValue) {
      self.key = key
      self.value = value
    }
  }
}
