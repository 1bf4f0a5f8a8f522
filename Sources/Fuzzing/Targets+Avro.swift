import Columns
import Contracts
import Formats
import SQL
import Values

extension FuzzTarget {
  static let avro: [FuzzTarget] = [
    FuzzTarget("rows-avro-value", .binary, seeds: framedRows(.value)) { reader { try codec(.value).codec } },
    FuzzTarget("rows-avro-key", .binary, seeds: framedRows(.key)) { reader { try codec(.key).codec } },
    FuzzTarget("avro-columns", .binary, seeds: trades) { columns() },
    FuzzTarget("frames", .binary, seeds: [[0, 0, 0, 0, 1, 2], [1] + Array(repeating: 7, count: 17), Array("{}".utf8), []]) {
      frame
    },
    FuzzTarget(
      "avro-schemas", .text, seeds: schemas.bytes,
      pieces: [
        "\"type\":", "\"name\":", "\"record\"", "\"enum\"", "\"fixed\"", "\"array\"", "\"map\"", "\"items\":", "\"values\":",
        "\"fields\":",
        "\"symbols\":", "\"size\":", "\"default\":", "\"logicalType\":", "\"decimal\"", "\"precision\":", "\"scale\":",
        "\"aliases\":",
        "\"namespace\":", "\"null\"", "\"long\"", "\"string\"", "\"wick.R\"", "[", "]", "{", "}", ",",
      ]
    ) { { schema($0) } },
  ]

  // MARK: Rows

  /// A registry in memory that hands out ids from 1 on.
  private final class Registry {
    private var schemas: [AvroSchema] = []

    var source: AvroSource {
      AvroSource(
        schema: { [self] id throws(ContractError) in
          guard schemas.indices.contains(Int(id) - 1) else { throw ContractError(.badData, "no schema \(id)") }
          return schemas[Int(id) - 1]
        },
        writer: { [self] schema throws(ContractError) in
          schemas.append(schema)
          return (schema, Int32(schemas.count))
        })
    }
  }

  private static func codec(_ side: RowCodec.Side) throws -> (codec: RowCodec, seeds: [[UInt8]]) {
    let kept = types.indices.filter { side == .value || !isMap(types[$0]) }
    let codec = try RowCodec(.avro, fields: fields(kept.map { types[$0] }), side: side, avro: Registry().source)
    let rows = [kept.map { row[$0] }, kept.map { _ in Value.null }]
    return (codec, try rows.compactMap { try codec.encode($0) })
  }

  private static func isMap(_ type: SQLType) -> Bool { if case .map = type { true } else { false } }

  private static func framedRows(_ side: RowCodec.Side) -> [[UInt8]] { (try? codec(side).seeds) ?? [] }

  // MARK: Columns

  private static let tradeSchema = """
    {"type":"record","name":"Trade","namespace":"wick","fields":[{"name":"venue","type":"string"},{"name":"trade_id","type":"long"},
    {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":18,"scale":8}},{"name":"note","type":["null","string"]},
    {"name":"side","type":{"type":"enum","name":"Side","symbols":["BUY","SELL"]}},{"name":"tags","type":{"type":"array","items":"int"}},
    {"name":"sizes","type":{"type":"map","values":"double"}},{"name":"time","type":{"type":"long","logicalType":"timestamp-micros"}}]}
    """

  private static let trades: [[UInt8]] = [0, 1].map { branch in
    var writer = AvroRecordWriter()
    writer.begin(schemaID: 1)
    writer.string("binance")
    writer.long(3_456_789_012)
    writer.decimal(Int64(6_512_345_000_000))
    writer.branch(branch)
    if branch == 1 { writer.string("é") }
    writer.enumeration(1)
    writer.long(2)
    writer.int(1)
    writer.int(-1)
    writer.long(0)
    writer.long(-1)
    writer.long(12)
    writer.string("big")
    writer.double(0.5)
    writer.long(0)
    writer.long(1_700_000_000_123_456)
    return writer.bytes
  }

  /// The compiled decoder: a record is one row or none.
  private static func columns() -> Reader {
    let requests: [AvroColumnRequest] = [
      .init("venue", .string), .init("trade_id", .int64), .init("price", .decimal(precision: 18, scale: 8)),
      .init("note", .string),
      .init("side", .string), .init("time", .timestampMicros), .init("missing", .int64),
    ]
    guard let schema = try? AvroSchema(json: tradeSchema) else { return { _ in .broken("no schema") } }
    let decoder = ConfluentColumnDecoder(AvroColumnBuilder(requests)) { id throws(ContractError) in
      guard id == 1 else { throw ContractError(.notFound, "no schema \(id)") }
      return schema
    }
    return { input in
      var outcome = Outcome.accepted
      input.withUnsafeBytes { bytes in
        do throws(ContractError) { try decoder.append(bytes) } catch {
          outcome = error.code == .badData || error.code == .notFound ? .refused : .broken("refused as \(error.code)")
        }
      }
      let rows = decoder.take().rowCount
      return rows == (outcome == .accepted ? 1 : 0) ? outcome : .broken("\(rows) rows, and \(outcome)")
    }
  }

  private static func frame(_ input: [UInt8]) -> Outcome {
    input.withUnsafeBytes { bytes in
      switch ConfluentFrame.parse(bytes) {
      case .framed(let id):
        var header: [UInt8] = []
        ConfluentFrame.writeHeader(schemaID: id, into: &header)
        return header == Array(input.prefix(5)) && ConfluentFrame.schemaID(bytes) == id ? .accepted : .broken("another id")
      case .foreign(let reason): return reason.isEmpty ? .broken("no reason") : .refused
      }
    }
  }

  // MARK: Schemas

  private static let schemas = [
    tradeSchema, #"["null","string",{"type":"fixed","name":"F","size":16}]"#, #"{"type":"map","values":["null","long"]}"#,
    #"{"type":"record","name":"R","namespace":"wick","aliases":["Q"],"fields":[{"name":"next","type":["null","R"],"default":null},{"name":"e","type":{"type":"enum","name":"E","symbols":["A"],"default":"A"},"aliases":["f"],"default":"A"}]}"#,
    #"{"type":"record","name":"D","fields":[{"name":"a","type":{"type":"array","items":{"type":"int","logicalType":"date"}},"default":[1]},{"name":"b","type":"bytes","default":"\u00ff"},{"name":"d","type":{"type":"fixed","name":"X","size":4,"logicalType":"decimal","precision":9,"scale":2}}]}"#,
  ]

  private static func schema(_ input: [UInt8]) -> Outcome {
    do throws(ContractError) {
      let schema = try AvroSchema(json: String(decoding: input, as: UTF8.self))
      _ = AvroSchemaColumns.type(schema.root, schema)
      // A codec for it can be made or is refused.
      _ = try? AvroReferenceCodec(schema)
      _ = try? AvroColumnDecoder(writer: schema, columns: (try? AvroColumnRequest.all(of: schema)) ?? [])
      return try AvroSchema(json: schema.standardJSON) == schema ? .accepted : .broken("another schema after writing and reading")
    } catch {
      return error.reason.isEmpty ? .broken("no reason") : .refused
    }
  }
}
