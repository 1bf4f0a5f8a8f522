import Contracts

/// Where the schemas of AVRO records come from and go to: a registry, or a table in memory.
public struct AvroSource {
  /// The schema of an id.
  public var schema: (Int32) throws(ContractError) -> AvroSchema
  /// The schema to write with, given the one made from the columns, and its id: the same or a registered one.
  public var writer: (AvroSchema) throws(ContractError) -> (schema: AvroSchema, id: Int32)

  public init(
    schema: @escaping (Int32) throws(ContractError) -> AvroSchema,
    writer: @escaping (AvroSchema) throws(ContractError) -> (schema: AvroSchema, id: Int32)
  ) {
    self.schema = schema
    self.writer = writer
  }
}
