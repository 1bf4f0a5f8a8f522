import Columns

/// A column of a flat schema.
public struct ParquetColumn: Equatable, Sendable {
  public var name: String
  public var type: ColumnType
  /// The Iceberg field id, written into the schema; nil for files that are not Iceberg's.
  public var fieldID: Int32?
  /// A required column may hold no null; it stores no levels.
  public var isRequired: Bool

  public init(name: String, type: ColumnType, fieldID: Int32? = nil, isRequired: Bool = false) {
    self.name = name
    self.type = type
    self.fieldID = fieldID
    self.isRequired = isRequired
  }
}

/// A node of the schema tree: a leaf with a type, or a group of fields.
public struct ParquetField: Equatable, Sendable {
  public indirect enum Content: Equatable, Sendable {
    case leaf(ColumnType, PhysicalLayout)
    case group([ParquetField])
    /// A leaf whose type this library cannot turn into a column; the text says which.
    case unreadable(String)
  }

  public var name: String
  public var fieldID: Int32?
  public var repetition: Repetition
  public var content: Content

  public init(name: String, fieldID: Int32?, repetition: Repetition, content: Content) {
    self.name = name
    self.fieldID = fieldID
    self.repetition = repetition
    self.content = content
  }
}

/// A leaf of the schema tree with its path and levels (Dremel's definition and repetition levels).
public struct ParquetLeaf: Equatable, Sendable {
  public var path: [String]
  public var fieldID: Int32?
  public var content: ParquetField.Content
  /// 0 for a required column, 1 for an optional one; more where the column lies inside optional or repeated groups.
  public var maxDefinitionLevel: Int
  /// 0 unless the column lies inside a repeated field.
  public var maxRepetitionLevel: Int

  /// The name with the names of its groups, joined by dots.
  public var name: String { path.joined(separator: ".") }
}

/// The schema of a file: a tree of fields whose leaves are the columns.
///
/// The writer takes flat schemas (every field a leaf, required or optional); the reader shows any schema and reads its flat columns.
public struct ParquetSchema: Equatable, Sendable {
  public let fields: [ParquetField]
  /// The leaves, depth first: the order of columns in every row group.
  public let leaves: [ParquetLeaf]

  public init(fields: [ParquetField]) {
    self.fields = fields
    leaves = Self.leaves(of: fields, path: [], definition: 0, repetition: 0)
  }

  /// A flat schema. Throws `ParquetError.schema` for empty or repeated names, repeated field ids or impossible decimals.
  public init(columns: [ParquetColumn]) throws {
    try Self.check(columns)
    self.init(
      fields: columns.map {
        ParquetField(
          name: $0.name, fieldID: $0.fieldID, repetition: $0.isRequired ? .required : .optional,
          content: .leaf($0.type, PhysicalLayout(writing: $0.type)))
      })
  }

  /// The columns, if the schema is flat and every leaf is readable; otherwise nil.
  public var flatColumns: [ParquetColumn]? {
    var columns: [ParquetColumn] = []
    for field in fields {
      guard case .leaf(let type, _) = field.content, field.repetition != .repeated else { return nil }
      columns.append(
        ParquetColumn(name: field.name, type: type, fieldID: field.fieldID, isRequired: field.repetition == .required))
    }
    return columns
  }

  private static func check(_ columns: [ParquetColumn]) throws {
    guard !columns.isEmpty else { throw ParquetError(.schema, "A schema needs at least one column; add one") }
    var names: Set<String> = []
    var ids: Set<Int32> = []
    for column in columns {
      guard !column.name.isEmpty, names.insert(column.name).inserted else {
        throw ParquetError(.schema, "Column name '\(column.name)' is empty or used twice; give every column its own name")
      }
      if let id = column.fieldID, !ids.insert(id).inserted {
        throw ParquetError(.schema, "Field id \(id) is used twice; give every column its own id")
      }
      if case .decimal(let precision, let scale) = column.type, !(1...38).contains(precision) || !(0...precision).contains(scale)
      {
        throw ParquetError(.schema, "Column '\(column.name)': a decimal has 1 to 38 digits and no more decimals than digits")
      }
    }
  }

  private static func leaves(of fields: [ParquetField], path: [String], definition: Int, repetition: Int) -> [ParquetLeaf] {
    fields.flatMap { field -> [ParquetLeaf] in
      let path = path + [field.name]
      let definition = definition + (field.repetition == .required ? 0 : 1)
      let repetition = repetition + (field.repetition == .repeated ? 1 : 0)
      if case .group(let children) = field.content {
        return leaves(of: children, path: path, definition: definition, repetition: repetition)
      }
      return [
        ParquetLeaf(
          path: path, fieldID: field.fieldID, content: field.content,
          maxDefinitionLevel: definition, maxRepetitionLevel: repetition)
      ]
    }
  }
}
