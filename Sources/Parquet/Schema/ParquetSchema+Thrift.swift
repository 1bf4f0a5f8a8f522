import Columns

extension ParquetSchema {
  /// The schema as the footer stores it: the root, then every node depth first.
  var elements: [SchemaElement] {
    var root = SchemaElement()
    root.name = "schema"
    root.childCount = Int32(fields.count)
    return [root] + fields.flatMap(Self.elements)
  }

  private static func elements(of field: ParquetField) -> [SchemaElement] {
    var element = SchemaElement()
    element.name = field.name
    element.repetition = field.repetition
    element.fieldID = field.fieldID
    switch field.content {
    case .leaf(let type, let layout):
      element.type = layout.type
      if layout.type == .fixedLenByteArray { element.typeLength = Int32(layout.length) }
      annotate(&element, type)
      return [element]
    case .group(let children):
      element.childCount = Int32(children.count)
      return [element] + children.flatMap(elements)
    case .unreadable: return [element]
    }
  }

  private static func annotate(_ element: inout SchemaElement, _ type: ColumnType) {
    switch type {
    case .boolean, .int32, .int64, .double, .bytes: break
    case .string:
      element.logicalType = .string
      element.convertedType = ConvertedType.utf8
    case .timestampMicros:
      element.logicalType = .timestamp(unit: .micros, isAdjustedToUTC: true)
      element.convertedType = ConvertedType.timestampMicros
    case .date:
      element.logicalType = .date
      element.convertedType = ConvertedType.date
    case .decimal(let precision, let scale):
      element.logicalType = .decimal(scale: Int32(scale), precision: Int32(precision))
      element.convertedType = ConvertedType.decimal
      element.scale = Int32(scale)
      element.precision = Int32(precision)
    }
  }

  /// Rebuilds the tree from a footer. Throws `ParquetError.corrupt` where the counts of children do not add up.
  init(elements: [SchemaElement]) throws {
    guard let root = elements.first, let count = root.childCount, count >= 0 else {
      throw ParquetError.corrupt("The schema has no root")
    }
    var rest = elements.dropFirst()
    let fields = try Self.fields(Int(count), &rest, depth: 0)
    guard rest.isEmpty else { throw ParquetError.corrupt("The schema has more nodes than its tree") }
    self.init(fields: fields)
  }

  private static func fields(_ count: Int, _ rest: inout ArraySlice<SchemaElement>, depth: Int) throws -> [ParquetField] {
    guard depth < 64, count <= rest.count else { throw ParquetError.corrupt("The schema tree does not add up") }
    var fields: [ParquetField] = []
    for _ in 0..<count {
      guard let element = rest.popFirst() else { throw ParquetError.corrupt("The schema tree does not add up") }
      let content: ParquetField.Content
      if let children = element.childCount, children > 0 {
        content = .group(try self.fields(Int(children), &rest, depth: depth + 1))
      } else if element.type == nil {
        content = .group([])
      } else {
        content = leaf(element)
      }
      fields.append(
        ParquetField(
          name: element.name, fieldID: element.fieldID, repetition: element.repetition ?? .required, content: content))
    }
    return fields
  }

  private static func leaf(_ element: SchemaElement) -> ParquetField.Content {
    guard let physical = element.type else { return .unreadable("no type") }
    let layout = PhysicalLayout(physical, length: Int(element.typeLength ?? 0))
    guard let type = columnType(element, layout) else {
      return .unreadable("\(physical) with annotation \(element.logicalType.map { "\($0)" } ?? "none")")
    }
    return .leaf(type, layout)
  }

  /// The column type of a leaf, or nil where there is none that holds its values exactly.
  private static func columnType(_ element: SchemaElement, _ layout: PhysicalLayout) -> ColumnType? {
    let logical = element.logicalType ?? converted(element)
    switch (layout.type, logical) {
    case (.boolean, nil): return .boolean
    case (.double, nil): return .double
    case (.int32, nil), (.int32, .integer(bitWidth: 8, isSigned: true)), (.int32, .integer(bitWidth: 16, isSigned: true)),
      (.int32, .integer(bitWidth: 32, isSigned: true)):
      return .int32
    case (.int64, nil), (.int64, .integer(bitWidth: 64, isSigned: true)): return .int64
    case (.int32, .date): return .date
    case (.int64, .timestamp(unit: .micros, isAdjustedToUTC: _)): return .timestampMicros
    case (.byteArray, .string): return .string
    case (.byteArray, nil): return .bytes
    case (.int32, .decimal(let scale, let precision)): return decimal(precision, scale, most: 9)
    case (.int64, .decimal(let scale, let precision)): return decimal(precision, scale, most: 18)
    case (.fixedLenByteArray, .decimal(let scale, let precision)) where (1...16).contains(layout.length):
      return decimal(precision, scale, most: 38)
    default: return nil
    }
  }

  private static func decimal(_ precision: Int32, _ scale: Int32, most: Int) -> ColumnType? {
    guard precision >= 1, precision <= most, scale >= 0, scale <= precision else { return nil }
    return .decimal(precision: Int(precision), scale: Int(scale))
  }

  private static func converted(_ element: SchemaElement) -> LogicalType? {
    switch element.convertedType {
    case ConvertedType.utf8: .string
    case ConvertedType.decimal: .decimal(scale: element.scale ?? 0, precision: element.precision ?? 0)
    case ConvertedType.date: .date
    case ConvertedType.timestampMicros: .timestamp(unit: .micros, isAdjustedToUTC: true)
    case ConvertedType.int8: .integer(bitWidth: 8, isSigned: true)
    case ConvertedType.int16: .integer(bitWidth: 16, isSigned: true)
    case ConvertedType.int32: .integer(bitWidth: 32, isSigned: true)
    case ConvertedType.int64: .integer(bitWidth: 64, isSigned: true)
    case .some(let other): .other(Int16(truncatingIfNeeded: other))
    case nil: nil
    }
  }
}
