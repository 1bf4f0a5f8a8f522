import Columns

/// Decodes records of one writer's schema straight into columns.
///
/// The schema is compiled once into instructions; decoding a record then allocates nothing, counts no references and makes no
/// indirect calls. Numbers are promoted as Avro allows, decimals are rescaled where that is exact, fields nobody asked for are
/// skipped, fields the writer lacks take the request's `missing`.
///
/// Owned by one thread at a time, together with its builder.
public final class AvroColumnDecoder {
  /// The schema the records were written with.
  public let writer: AvroSchema
  /// Where the rows go.
  public let builder: AvroColumnBuilder
  private let program: AvroProgram
  private let machine: AvroMachine

  /// A decoder that appends to `builder`, which other decoders may share.
  ///
  /// - Throws: `incompatible` when a column cannot hold its field or a needed field is missing; `unsupported` when the schema is
  ///   no record.
  public init(writer: AvroSchema, into builder: AvroColumnBuilder) throws(ContractError) {
    self.writer = writer
    self.builder = builder
    var compiler = AvroProgramCompiler(writer: writer, builder: builder)
    program = try compiler.compile()
    machine = AvroMachine(program, builder.state)
  }

  /// A decoder with a builder of its own.
  public convenience init(writer: AvroSchema, columns: [AvroColumnRequest]) throws(ContractError) {
    try self.init(writer: writer, into: AvroColumnBuilder(columns))
  }

  /// Appends one record. `bytes` is the bare datum, without a Confluent header, and is read during the call only.
  ///
  /// - Throws: `badData` naming the field; the columns are then as before.
  public func append(_ bytes: UnsafeRawBufferPointer) throws(ContractError) {
    let status = tryAppend(bytes)
    if status != .complete { throw failure(status) }
  }

  /// The rows appended so far, as a batch; starts anew.
  public func take() -> ColumnBatch { builder.take() }

  private func tryAppend(_ bytes: UnsafeRawBufferPointer) -> AvroDecodeStatus {
    guard let start = bytes.baseAddress else { return appendEmpty() }
    builder.growIfFull()
    let status = machine.decode(start, start + bytes.count)
    if status == .complete { builder.state.pointee.rows += 1 } else { builder.clearRow() }
    return status
  }

  // An empty buffer has no address; a record may still have no bytes (all fields null).
  private func appendEmpty() -> AvroDecodeStatus {
    withUnsafeBytes(of: UInt8(0)) { tryAppend(UnsafeRawBufferPointer(rebasing: $0[0..<0])) }
  }

  private func failure(_ status: AvroDecodeStatus) -> ContractError {
    let field = program.fieldNames[builder.state.pointee.failedAt]
    return ContractError(
      .badData, "The record is not a \(writer.root.typeName): at the field '\(field)' \(status.reason)",
      advice: "Keep its bytes aside and check its producer")
  }
}
