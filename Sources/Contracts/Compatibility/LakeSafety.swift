/// What Avro's rules let pass and a lake table cannot take: changes that would rescale, round or re-read what is already
/// stored. Allowed are the type promotions of the Iceberg specification (int → long, float → double, a wider decimal of the
/// same scale), new fields, removed fields, and fields that become nullable.
public enum LakeSafety {
  /// What is wrong with `candidate` as the successor of `previous` (the latest version); empty when a table can follow.
  public static func problems(candidate: AvroSchema, previous: AvroSchema) -> [Incompatibility] {
    var checker = LakeSafetyChecker(old: previous, new: candidate)
    return checker.check() + problems(of: candidate)
  }

  /// What keeps a schema from becoming a table at all: fields whose names differ only in case.
  public static func problems(of schema: AvroSchema) -> [Incompatibility] {
    guard case .record(let record) = schema.root.shape else { return [] }
    var seen: Set<String> = []
    return record.fields.filter { !seen.insert($0.name.lowercased()).inserted }.map { field in
      .lake(field.name, "another field has the same name apart from upper and lower case")
    }
  }
}

extension Incompatibility {
  static func lake(_ path: String, _ message: String) -> Incompatibility {
    Incompatibility(kind: .lakeUnsafe, path: path, message: message)
  }
}

/// Walks two versions of a schema in step.
private struct LakeSafetyChecker {
  let old: AvroSchema
  let new: AvroSchema
  private var seen: Set<String> = []

  init(old: AvroSchema, new: AvroSchema) {
    self.old = old
    self.new = new
  }

  mutating func check() -> [Incompatibility] { check(old.root, new.root, "") }

  private mutating func check(_ before: AvroType, _ after: AvroType, _ path: String) -> [Incompatibility] {
    let (a, wasNullable) = value(before, old)
    let (b, isNullable) = value(after, new)
    guard let a, let b else {
      if before == after { return [] }
      return [.lake(path, "a union of several types has no column, and may not change")]
    }
    if wasNullable, !isNullable { return [.lake(path, "may be null in stored rows, so it has to stay nullable")] }
    switch (a.shape, b.shape) {
    case (.record(let from), .record(let to)): return checkFields(from, to, path)
    case (.array(let from), .array(let to)): return check(from, to, path + "[]")
    case (.map(let from), .map(let to)): return check(from, to, path + "{}")
    default:
      return Self.promotes(a, b)
        ? [] : [.lake(path, "changes from \(a.summary) to \(b.summary), which stored rows cannot follow")]
    }
  }

  /// The type apart from null, and whether null is allowed; no type when several remain.
  private func value(_ type: AvroType, _ schema: AvroSchema) -> (AvroType?, Bool) {
    let type = schema.resolve(type)
    guard case .union(let branches) = type.shape else { return (type, false) }
    let values = branches.filter { $0.shape != .null }
    return (values.count == 1 ? schema.resolve(values[0]) : nil, values.count < branches.count)
  }

  private mutating func checkFields(
    _ from: AvroType.RecordType, _ to: AvroType.RecordType, _ path: String
  ) -> [Incompatibility] {
    // A record inside itself: judged once.
    guard seen.insert("\(from.name.full) \(to.name.full)").inserted else { return [] }
    var found: [Incompatibility] = []
    for field in to.fields {
      guard let source = AvroResolutionChecker.source(of: field, in: from) else { continue }
      found += check(source.type, field.type, path.isEmpty ? field.name : "\(path).\(field.name)")
    }
    return found
  }

  private static func promotes(_ a: AvroType, _ b: AvroType) -> Bool {
    if case .decimal(let p, let s) = a.logical, case .decimal(let wider, let scale) = b.logical {
      return scale == s && wider >= p && wider <= 38
    }
    guard a.logical == b.logical else { return false }
    switch (a.shape, b.shape) {
    case (.int, .long), (.float, .double): return a.logical == nil
    case (.enumeration, .enumeration): return true
    case (.fixed(let from), .fixed(let to)): return from.size == to.size
    default: return a.shape == b.shape
    }
  }
}
