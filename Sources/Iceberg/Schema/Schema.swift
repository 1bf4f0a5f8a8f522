import JSON

/// One column of a table. Its id, not its name, ties it to the columns of data files.
public struct Field: Hashable, Sendable {
  public var id: Int
  public var name: String
  /// Whether NULL is not allowed.
  public var required: Bool
  public var type: IcebergType
  public var doc: String?
  /// Members of the metadata this library does not interpret (defaults of format 3, …).
  var extra: [JSONValue.Member] = []

  public init(id: Int, name: String, required: Bool, type: IcebergType, doc: String? = nil) {
    self.id = id
    self.name = name
    self.required = required
    self.type = type
    self.doc = doc
  }
}

/// The columns of a table at one time.
public struct Schema: Hashable, Sendable {
  public var id: Int
  public var fields: [Field]
  var extra: [JSONValue.Member] = []

  /// A schema of those columns; ids must be unique.
  public init(id: Int = 0, fields: [Field]) {
    self.id = id
    self.fields = fields
  }

  /// The column of that name, ignoring case.
  public func field(named name: String) -> Field? {
    fields.first { $0.name.lowercased() == name.lowercased() }
  }

  /// The column with that id.
  public func field(id: Int) -> Field? { fields.first { $0.id == id } }

  /// The largest column id, nested ones of opaque types included; 0 without columns.
  var highestID: Int { fields.map { max($0.id, Self.highestID(in: $0.type)) }.max() ?? 0 }

  private static func highestID(in type: IcebergType) -> Int {
    guard case .opaque(let json) = type else { return 0 }
    return highestID(in: json)
  }

  private static func highestID(in json: JSONValue) -> Int {
    switch json {
    case .object(let members):
      members.map { member in
        let own = ["id", "element-id", "key-id", "value-id"].contains(member.name) ? member.value.intValue ?? 0 : 0
        return max(own, highestID(in: member.value))
      }.max() ?? 0
    case .array(let elements): elements.map(highestID).max() ?? 0
    default: 0
    }
  }
}

extension Schema {
  /// The schema as table metadata and manifests write it.
  public var json: JSONValue {
    .object(
      [.init("type", .string("struct")), .init("schema-id", .int(id))] + extra + [
        .init("fields", .array(fields.map(\.json)))
      ])
  }

  /// Reads a schema of table metadata. Throws `IcebergError.invalid` where a required member is missing.
  public init(json: JSONValue) throws {
    guard let fields = json["fields"]?.arrayValue else { throw IcebergError(.invalid, "a schema has no fields.") }
    self.init(id: json["schema-id"]?.intValue ?? 0, fields: try fields.map(Field.init(json:)))
    guard Set(self.fields.map(\.id)).count == fields.count else {
      throw IcebergError(.invalid, "schema \(id) gives one field id to two columns.")
    }
    extra = json.remaining(after: ["type", "schema-id", "fields"])
  }
}

extension Field {
  var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("id", .int(id)), .init("name", .string(name)), .init("required", .bool(required)), .init("type", type.json),
    ]
    if let doc { members.append(.init("doc", .string(doc))) }
    return .object(members + extra)
  }

  init(json: JSONValue) throws {
    guard let id = json["id"]?.intValue, let name = json["name"]?.stringValue, let type = json["type"] else {
      throw IcebergError(.invalid, "a schema field lacks id, name or type.")
    }
    self.init(
      id: id, name: name, required: json["required"]?.boolValue ?? false, type: IcebergType(json: type),
      doc: json["doc"]?.stringValue)
    extra = json.remaining(after: ["id", "name", "required", "type", "doc"])
  }
}

extension JSONValue {
  /// Reads a text of the table's metadata. Throws `IcebergError.invalid` with the byte position.
  init(table text: String) throws { try self.init(table: Array(text.utf8)) }

  /// Reads UTF-8 of the table's metadata. Throws `IcebergError.invalid` with the byte position.
  init(table bytes: [UInt8]) throws {
    do { try self.init(parsing: bytes) } catch { throw IcebergError(.invalid, "\(error).") }
  }

  /// An object of strings, in the order of its names.
  static func strings(_ map: [String: String]) -> JSONValue {
    .object(map.sorted { $0.key < $1.key }.map { Member($0.key, .string($0.value)) })
  }

  /// The members whose names are not among `known`.
  func remaining(after known: Set<String>) -> [Member] { (members ?? []).filter { !known.contains($0.name) } }

  /// The member of that name, or an error that names it and `owner`.
  func required<T>(_ name: String, of owner: String, _ read: (JSONValue) -> T?) throws -> T {
    guard let member = self[name], member != .null, let value = read(member) else {
      throw IcebergError(.invalid, "\(owner) has no usable \"\(name)\".")
    }
    return value
  }
}
