/// Walks a reader's and a writer's schema in step.
struct AvroResolutionChecker {
  private let reader: AvroSchema
  private let writer: AvroSchema
  // A pair under judgement counts as compatible where it recurs: only a difference elsewhere can refute it.
  private var verdicts: [Pair: [Incompatibility]] = [:]

  private struct Pair: Hashable {
    let reader: AvroType
    let writer: AvroType
  }

  init(reader: AvroSchema, writer: AvroSchema) {
    self.reader = reader
    self.writer = writer
  }

  mutating func check() -> [Incompatibility] { check(reader.root, writer.root, "") }

  private mutating func check(_ readerType: AvroType, _ writerType: AvroType, _ path: String) -> [Incompatibility] {
    let pair = Pair(reader: reader.resolve(readerType), writer: writer.resolve(writerType))
    if let known = verdicts[pair] { return known }
    verdicts[pair] = []
    let found = judge(pair.reader, pair.writer, path)
    verdicts[pair] = found
    return found
  }

  private mutating func judge(_ r: AvroType, _ w: AvroType, _ path: String) -> [Incompatibility] {
    if case .union(let branches) = w.shape { return checkWriterUnion(r, branches, path) }
    switch (r.shape, w.shape) {
    case (.union(let branches), _): return checkReaderUnion(branches, w, path)
    case (.array(let own), .array(let other)): return check(own, other, path + "[]")
    case (.map(let own), .map(let other)): return check(own, other, path + "{}")
    case (.record(let own), .record(let other)): return checkRecord(own, other, path)
    case (.enumeration(let own), .enumeration(let other)): return checkEnum(own, other, path)
    case (.fixed(let own), .fixed(let other)): return checkFixed(own, other, path)
    default: return Self.promotes(w.shape, to: r.shape) ? [] : [mismatch(r, w, path)]
    }
  }

  private func mismatch(_ r: AvroType, _ w: AvroType, _ path: String) -> Incompatibility {
    Incompatibility(kind: .typeMismatch, path: path, message: "a reader of \(r.summary) cannot read \(w.summary)")
  }

  /// Whether every value of `writer` can be read as `reader`: the same primitive, or a promotion.
  static func promotes(_ writer: AvroType.Shape, to reader: AvroType.Shape) -> Bool {
    switch (writer, reader) {
    case (.null, .null), (.boolean, .boolean), (.int, .int), (.long, .long), (.float, .float), (.double, .double),
      (.bytes, .bytes), (.string, .string):
      true
    case (.int, .long), (.int, .float), (.int, .double), (.long, .float), (.long, .double), (.float, .double): true
    case (.string, .bytes), (.bytes, .string): true
    default: false
    }
  }

  private mutating func checkWriterUnion(_ r: AvroType, _ branches: [AvroType], _ path: String) -> [Incompatibility] {
    var found: [Incompatibility] = []
    for (index, branch) in branches.enumerated() {
      found += check(r, branch, path + "<\(index)>")
    }
    return found
  }

  private mutating func checkReaderUnion(_ branches: [AvroType], _ w: AvroType, _ path: String) -> [Incompatibility] {
    for branch in branches where check(branch, w, path).isEmpty { return [] }
    return [
      Incompatibility(kind: .missingUnionBranch, path: path, message: "no branch of the reader's union can read \(w.summary)")
    ]
  }

  private func named(_ own: AvroName, _ aliases: [AvroName], _ other: AvroName) -> Bool {
    own.name == other.name || aliases.contains { $0.full == other.full }
  }

  private func nameMismatch(_ own: AvroName, _ other: AvroName, _ path: String) -> [Incompatibility] {
    let message = "the reader's type is called \(own.full), the writer's \(other.full)"
    return [Incompatibility(kind: .nameMismatch, path: path, message: message)]
  }

  private func checkFixed(_ own: AvroType.FixedType, _ other: AvroType.FixedType, _ path: String) -> [Incompatibility] {
    guard named(own.name, own.aliases, other.name) else { return nameMismatch(own.name, other.name, path) }
    guard own.size != other.size else { return [] }
    let message = "the reader's fixed has \(own.size) bytes, the writer's \(other.size)"
    return [Incompatibility(kind: .fixedSizeMismatch, path: path, message: message)]
  }

  private func checkEnum(_ own: AvroType.EnumType, _ other: AvroType.EnumType, _ path: String) -> [Incompatibility] {
    guard named(own.name, own.aliases, other.name) else { return nameMismatch(own.name, other.name, path) }
    let missing = other.symbols.filter { !own.symbols.contains($0) }
    guard !missing.isEmpty, own.defaultSymbol == nil else { return [] }
    let message = "the reader does not know the symbols \(missing.joined(separator: ", ")) and has no default"
    return [Incompatibility(kind: .missingEnumSymbols, path: path, message: message)]
  }

  private mutating func checkRecord(
    _ own: AvroType.RecordType, _ other: AvroType.RecordType, _ path: String
  ) -> [Incompatibility] {
    guard named(own.name, own.aliases, other.name) else { return nameMismatch(own.name, other.name, path) }
    var found: [Incompatibility] = []
    for field in own.fields {
      let inner = path.isEmpty ? field.name : "\(path).\(field.name)"
      if let source = Self.source(of: field, in: other) {
        found += check(field.type, source.type, inner)
      } else if field.defaultValue == nil {
        let message = "the writer has no such field and the reader no default"
        found.append(Incompatibility(kind: .missingDefault, path: inner, message: message))
      }
    }
    return found
  }

  /// The writer's field that fills a reader's: of its name, or else of one of its aliases.
  static func source(of field: AvroType.Field, in writer: AvroType.RecordType) -> AvroType.Field? {
    for name in [field.name] + field.aliases {
      if let match = writer.fields.first(where: { $0.name == name }) { return match }
    }
    return nil
  }
}
