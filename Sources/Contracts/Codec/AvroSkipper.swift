/// Skips values of nested types that nobody asked for, by a table of nodes that may refer to each other in circles.
final class AvroSkipper {
  struct Node {
    enum Kind { case nothing, varint, byteString, fixed, record, union, array, map }
    var kind: Kind
    var size = 0
    var children: [Int] = []
  }

  private(set) var nodes: [Node] = []
  private var named: [String: Int] = [:]

  static let maximumDepth = 64

  /// The node of `type`, made on first use.
  func node(for type: AvroType, _ schema: AvroSchema) -> Int {
    switch type.shape {
    case .null: return add(.init(kind: .nothing))
    case .boolean: return add(.init(kind: .fixed, size: 1))
    case .float: return add(.init(kind: .fixed, size: 4))
    case .double: return add(.init(kind: .fixed, size: 8))
    case .int, .long, .enumeration: return add(.init(kind: .varint))
    case .bytes, .string: return add(.init(kind: .byteString))
    case .fixed(let fixed): return add(.init(kind: .fixed, size: fixed.size))
    case .array(let items): return parent(.array, [items], schema)
    case .map(let values): return parent(.map, [values], schema)
    case .union(let branches): return parent(.union, branches, schema)
    case .record(let record): return self.record(record, schema)
    case .reference(let name): return named[name] ?? node(for: schema.resolve(type), schema)
    }
  }

  private func add(_ node: Node) -> Int {
    nodes.append(node)
    return nodes.count - 1
  }

  private func parent(_ kind: Node.Kind, _ children: [AvroType], _ schema: AvroSchema) -> Int {
    let index = add(.init(kind: kind))
    for child in children { nodes[index].children.append(node(for: child, schema)) }
    return index
  }

  private func record(_ record: AvroType.RecordType, _ schema: AvroSchema) -> Int {
    if let known = named[record.name.full] { return known }
    let index = add(.init(kind: .record))
    named[record.name.full] = index
    for field in record.fields { nodes[index].children.append(node(for: field.type, schema)) }
    return index
  }

  /// Moves `cursor` behind one value of `node`; on a fault its status says which.
  func skip(_ node: Int, _ cursor: inout AvroCursor, depth: Int = 0) {
    guard depth < Self.maximumDepth else {
      cursor.status = .depth
      return
    }
    switch nodes[node].kind {
    case .nothing: return
    case .varint: _ = cursor.varint()
    case .byteString: cursor.advance(cursor.length())
    case .fixed: cursor.advance(nodes[node].size)
    case .record:
      for child in nodes[node].children where cursor.status == .complete { skip(child, &cursor, depth: depth + 1) }
    case .union:
      let branch = cursor.long()
      guard branch >= 0, branch < nodes[node].children.count else {
        if cursor.status == .complete { cursor.status = .branch }
        return
      }
      skip(nodes[node].children[Int(branch)], &cursor, depth: depth + 1)
    case .array, .map: skipBlocks(node, &cursor, depth)
    }
  }

  private func skipBlocks(_ node: Int, _ cursor: inout AvroCursor, _ depth: Int) {
    while cursor.status == .complete {
      let count = cursor.long()
      if count == 0 { return }
      if count < 0 {
        // A negative count announces the block's size in bytes, for readers in a hurry.
        cursor.advance(cursor.length())
      } else {
        skipItems(node, count, &cursor, depth)
      }
    }
  }

  private func skipItems(_ node: Int, _ count: Int64, _ cursor: inout AvroCursor, _ depth: Int) {
    var left = count
    while left > 0, cursor.status == .complete {
      let before = cursor.position
      if nodes[node].kind == .map { cursor.advance(cursor.length()) }
      skip(nodes[node].children[0], &cursor, depth: depth + 1)
      // An item without bytes has a type without bytes: then all of them have none, however many the count claims.
      if cursor.position == before { return }
      left -= 1
    }
  }
}
