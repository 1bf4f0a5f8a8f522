import JSON

/// One partition value: a transform of one column.
public struct PartitionField: Hashable, Sendable {
  /// The id of the column it is taken from.
  public var sourceID: Int
  /// The id of the partition field, 1000 or more, never used again for another meaning.
  public var fieldID: Int
  public var name: String
  public var transform: Transform

  public init(sourceID: Int, fieldID: Int, name: String, transform: Transform) {
    self.sourceID = sourceID
    self.fieldID = fieldID
    self.name = name
    self.transform = transform
  }
}

/// How a table's rows are spread over files: every row of one file has the same partition values.
public struct PartitionSpec: Hashable, Sendable {
  public var id: Int
  public var fields: [PartitionField]

  public init(id: Int = 0, fields: [PartitionField] = []) {
    self.id = id
    self.fields = fields
  }

  /// A spec with ids and names as other writers choose them (`event_time_day`), over columns of `schema`.
  ///
  /// Throws `IcebergError.invalid` for a column the schema does not have.
  public init(id: Int = 0, of schema: Schema, _ parts: [(column: String, transform: Transform)]) throws {
    var fields: [PartitionField] = []
    for (index, part) in parts.enumerated() {
      guard let field = schema.field(named: part.column) else {
        throw IcebergError(.invalid, "the partition column \(part.column) is not in the schema.")
      }
      let suffix = part.transform == .identity ? "" : "_" + part.transform.name.prefix { $0 != "[" }
      fields.append(
        PartitionField(sourceID: field.id, fieldID: 1000 + index, name: field.name + suffix, transform: part.transform))
    }
    self.init(id: id, fields: fields)
  }

  /// The types of the partition values, in the order of the fields. Throws where a source column is missing.
  func resultTypes(_ schema: Schema) throws -> [IcebergType] {
    try fields.map { field in
      guard let source = schema.field(id: field.sourceID) else {
        throw IcebergError(.invalid, "partition field \(field.name) names column \(field.sourceID), which the schema lacks.")
      }
      return field.transform.resultType(source.type)
    }
  }

  /// The directory of a partition below the data folder, as `interval=1m/window_start_month=2024-08`; empty when unpartitioned.
  func path(_ values: [Datum?]) -> String {
    zip(fields, values).map { "\($0.name)=\($0.transform.pathText($1))" }.joined(separator: "/")
  }
}

extension PartitionSpec {
  var fieldsJSON: JSONValue {
    .array(
      fields.map { field in
        .object([
          .init("source-id", .int(field.sourceID)), .init("field-id", .int(field.fieldID)),
          .init("name", .string(field.name)), .init("transform", .string(field.transform.name)),
        ])
      })
  }

  var json: JSONValue { .object([.init("spec-id", .int(id)), .init("fields", fieldsJSON)]) }

  init(json: JSONValue) throws {
    self.init(
      id: try json.required("spec-id", of: "a partition spec", \.intValue),
      fields: try json.required("fields", of: "a partition spec", \.arrayValue).map { field in
        PartitionField(
          sourceID: try field.required("source-id", of: "a partition field", \.intValue),
          fieldID: try field.required("field-id", of: "a partition field", \.intValue),
          name: try field.required("name", of: "a partition field", \.stringValue),
          transform: Transform(name: try field.required("transform", of: "a partition field", \.stringValue)))
      })
  }
}

/// How rows are ordered inside files. Order 0 is "unsorted".
public struct SortOrder: Hashable, Sendable {
  public var id: Int
  public var fields: [SortField]

  /// One sort key.
  public struct SortField: Hashable, Sendable {
    public var sourceID: Int
    public var transform: Transform
    public var ascending: Bool
    public var nullsFirst: Bool

    public init(sourceID: Int, transform: Transform = .identity, ascending: Bool = true, nullsFirst: Bool = true) {
      self.sourceID = sourceID
      self.transform = transform
      self.ascending = ascending
      self.nullsFirst = nullsFirst
    }
  }

  public init(id: Int, fields: [SortField]) {
    self.id = id
    self.fields = fields
  }

  /// No order.
  public static let unsorted = SortOrder(id: 0, fields: [])

  var json: JSONValue {
    .object([
      .init("order-id", .int(id)),
      .init(
        "fields",
        .array(
          fields.map { field in
            .object([
              .init("transform", .string(field.transform.name)), .init("source-id", .int(field.sourceID)),
              .init("direction", .string(field.ascending ? "asc" : "desc")),
              .init("null-order", .string(field.nullsFirst ? "nulls-first" : "nulls-last")),
            ])
          })),
    ])
  }

  init(json: JSONValue) throws {
    self.init(
      id: try json.required("order-id", of: "a sort order", \.intValue),
      fields: try (json["fields"]?.arrayValue ?? []).map { field in
        SortField(
          sourceID: try field.required("source-id", of: "a sort field", \.intValue),
          transform: Transform(name: try field.required("transform", of: "a sort field", \.stringValue)),
          ascending: field["direction"]?.stringValue != "desc",
          nullsFirst: field["null-order"]?.stringValue != "nulls-last")
      })
  }
}
