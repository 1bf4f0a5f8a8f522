import Columns

/// Decodes values of a topic in the Confluent wire format into columns, whatever mix of schema ids they carry.
///
/// Each new id is looked up once, through the closure, which may block. Owned by one thread at a time.
public final class ConfluentColumnDecoder {
  /// Where the rows go.
  public let builder: AvroColumnBuilder
  private let lookUp: (Int32) throws(ContractError) -> AvroSchema
  private var decoders: [Int32: Result<AvroColumnDecoder, ContractError>] = [:]
  private var lastID: Int32 = -1
  private var last: AvroColumnDecoder?

  /// - Parameter lookUp: the schema of an id, usually `SchemaRegistryClient.schema(id:)`. Called at most once per id that
  ///   exists; errors other than `unavailable` are remembered, so that a stream of broken ids does not storm the registry.
  public init(_ builder: AvroColumnBuilder, lookUp: @escaping (Int32) throws(ContractError) -> AvroSchema) {
    self.builder = builder
    self.lookUp = lookUp
  }

  /// Appends one framed value.
  ///
  /// - Throws: `badData` when it is not framed or not a record of its schema, `notFound` when nobody registered its id,
  ///   `incompatible` when the schema cannot fill the columns: all three mean this record, which is then left out whole.
  ///   `unavailable` means the registry, and the same call may be repeated.
  public func append(_ value: UnsafeRawBufferPointer) throws(ContractError) {
    let id = ConfluentFrame.schemaID(value)
    guard id >= 0 else {
      guard case .foreign(let reason) = ConfluentFrame.parse(value) else { return }
      throw ContractError(.badData, "The value is not in the Confluent wire format: \(reason)", advice: "Check its producer")
    }
    if id != lastID { try select(id) }
    try last?.append(UnsafeRawBufferPointer(rebasing: value[ConfluentFrame.headerSize...]))
  }

  /// The rows appended so far, as a batch; starts anew.
  public func take() -> ColumnBatch { builder.take() }

  private func select(_ id: Int32) throws(ContractError) {
    last = try decoder(id).get()
    lastID = id
  }

  private func decoder(_ id: Int32) throws(ContractError) -> Result<AvroColumnDecoder, ContractError> {
    if let known = decoders[id] { return known }
    do {
      let decoder = try AvroColumnDecoder(writer: try lookUp(id), into: builder)
      decoders[id] = .success(decoder)
      return .success(decoder)
    } catch {
      guard error.code != .unavailable else { throw error }
      decoders[id] = .failure(error)
      return .failure(error)
    }
  }
}
