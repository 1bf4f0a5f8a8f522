import Columns

/// Writer's schema + wanted columns → instructions.
struct AvroProgramCompiler {
  let writer: AvroSchema
  let builder: AvroColumnBuilder
  private var list: [AvroInstruction] = []
  private var fieldNames: [String] = []
  private let skipper = AvroSkipper()
  private let arena = AvroProgramArena()
  private var field = ""

  init(writer: AvroSchema, builder: AvroColumnBuilder) {
    self.writer = writer
    self.builder = builder
  }

  mutating func compile() throws(ContractError) -> AvroProgram {
    let fields = try writer.recordFields()
    let lanes = try match(fields)
    for (index, item) in fields.enumerated() {
      field = item.name
      if let lane = lanes[index] { try emitValue(item.type, lane) } else { emitSkip(item.type) }
    }
    for lane in builder.requests.indices where !lanes.values.contains(lane) { try emitMissing(lane) }
    emit(.end)
    return AvroProgram(list, fieldNames: fieldNames, skipper: skipper, arena: arena)
  }

  /// The lane of each field that is wanted, by the field's index.
  private func match(_ fields: [AvroType.Field]) throws(ContractError) -> [Int: Int] {
    var lanes: [Int: Int] = [:]
    for (lane, request) in builder.requests.enumerated() {
      guard let index = find(request, fields) else { continue }
      guard lanes.updateValue(lane, forKey: index) == nil else {
        throw ContractError(.badInput, "Two columns ask for the field '\(fields[index].name)'", advice: "Ask for it once")
      }
    }
    return lanes
  }

  private func find(_ request: AvroColumnRequest, _ fields: [AvroType.Field]) -> Int? {
    for name in [request.name] + request.aliases {
      if let exact = fields.firstIndex(where: { $0.name == name }) { return exact }
      if let loose = fields.firstIndex(where: { $0.name.lowercased() == name.lowercased() }) { return loose }
    }
    return nil
  }

  @discardableResult
  private mutating func emit(_ operation: AvroInstruction.Operation, _ lane: Int = 0, _ a: Int = 0, _ b: Int = 0) -> Int {
    list.append(AvroInstruction(operation: operation, lane: Int32(lane), a: a, b: b))
    fieldNames.append(field)
    return list.count - 1
  }

  private mutating func emitSkip(_ type: AvroType) {
    switch type.shape {
    case .null: return
    case .int, .long, .enumeration: emit(.skipVarint)
    case .bytes, .string: emit(.skipBytes)
    case .boolean: emit(.skipFixed, 0, 1)
    case .float: emit(.skipFixed, 0, 4)
    case .double: emit(.skipFixed, 0, 8)
    case .fixed(let fixed): emit(.skipFixed, 0, fixed.size)
    default: emit(.skipNode, 0, skipper.node(for: type, writer))
    }
  }

  private mutating func emitValue(_ declared: AvroType, _ lane: Int) throws(ContractError) {
    let type = writer.resolve(declared)
    switch type.shape {
    case .union(let branches): try emitUnion(branches, lane)
    case .null: emitNull(lane)
    default: try emitScalar(type, lane)
    }
  }

  private mutating func emitUnion(_ branches: [AvroType], _ lane: Int) throws(ContractError) {
    let union = emit(.union, lane, 0, branches.count)
    var starts: [Int32] = []
    var jumps: [Int] = []
    for branch in branches {
      starts.append(Int32(list.count))
      try emitValue(branch, lane)
      jumps.append(emit(.jump))
    }
    for jump in jumps { list[jump].a = list.count }
    list[union].a = Int(bitPattern: arena.store(starts))
  }

  private mutating func emitNull(_ lane: Int) {
    emit(builder.requests[lane].type.lane == .bytes ? .nullBytes : .null, lane, builder.state.pointee.lanes[lane].stride)
  }

  private mutating func emitScalar(_ type: AvroType, _ lane: Int) throws(ContractError) {
    let request = builder.requests[lane]
    switch (type.shape, type.logical, request.type) {
    case (.boolean, _, .boolean): emit(.boolean, lane)
    case (.int, _, .int32), (.int, .date, .date), (.int, _, .int64): emit(.int, lane)
    case (.long, _, .int64), (.long, .timestampMicros, .timestampMicros): emit(.long, lane)
    case (.long, .timestampMillis, .timestampMicros): emit(.millis, lane)
    case (.float, _, .double): emit(.float, lane)
    case (.double, _, .double): emit(.double, lane)
    case (.int, nil, .double), (.long, nil, .double): emit(.longToDouble, lane)
    case (.fixed, .decimal(let precision, let scale), .decimal), (.bytes, .decimal(let precision, let scale), .decimal):
      try emitDecimal(type, precision, scale, lane)
    case (.string, _, .string), (.bytes, nil, .string): emit(.string, lane)
    case (.string, _, .bytes), (.bytes, _, .bytes): emit(.bytes, lane)
    case (.fixed(let fixed), _, .bytes): emit(.fixedBytes, lane, fixed.size)
    case (.enumeration(let type), _, .string): emitEnum(type, lane)
    default: throw mismatch(type, request)
    }
  }

  private func mismatch(_ type: AvroType, _ request: AvroColumnRequest) -> ContractError {
    ContractError(
      .incompatible,
      "The field '\(field)' is \(type.summary) and cannot fill the column '\(request.name)' of type \(request.type)",
      advice: "Declare the column with a type that holds every value of the field")
  }

  private mutating func emitEnum(_ type: AvroType.EnumType, _ lane: Int) {
    guard let dictionary = builder.dictionaries[lane] else { return }
    let codes = type.symbols.map { dictionary.code(of: $0) }
    emit(.enumeration, lane, Int(bitPattern: arena.store(codes)), codes.count)
  }

  private mutating func emitDecimal(
    _ type: AvroType, _ precision: Int, _ scale: Int, _ lane: Int
  ) throws(ContractError) {
    let request = builder.requests[lane]
    guard case .decimal(let ownPrecision, let ownScale) = request.type, ownScale >= scale,
      ownPrecision - ownScale >= precision - scale
    else { throw mismatch(type, request) }
    var size = 0
    if case .fixed(let fixed) = type.shape { size = fixed.size + 1 }
    let factor = DecimalPower.of(ownScale - scale)
    // A 128-bit factor stands in the arena; a 64-bit lane never needs one.
    if request.type.lane == .int64 {
      emit(.decimal64, lane, Int(truncatingIfNeeded: factor), size)
    } else {
      emit(.decimal128, lane, factor == 1 ? 0 : Int(bitPattern: arena.store([factor])), size)
    }
  }

  private mutating func emitMissing(_ lane: Int) throws(ContractError) {
    let request = builder.requests[lane]
    field = request.name
    switch request.missing {
    case .null: emitNull(lane)
    case .value(let json):
      guard let constant = AvroConstant(json, request.type) else {
        throw ContractError(
          .unsupported, "The default of the column '\(request.name)' is no value of its type \(request.type)",
          advice: "Correct the default")
      }
      emitConstant(constant, lane)
    case .refuse:
      throw ContractError(
        .incompatible, "The schema \(writer.root.summary) has no field '\(request.name)'",
        advice: "Give the field a default in the reader's schema")
    }
  }

  private mutating func emitConstant(_ constant: AvroConstant, _ lane: Int) {
    switch constant {
    case .null: emitNull(lane)
    case .bool(let value): emit(.constant1, lane, value ? 1 : 0)
    case .int64(let value): emit(.constant8, lane, Int(value))
    case .double(let value): emit(.constant8, lane, Int(bitPattern: UInt(value.bitPattern)))
    case .int128(let value): emit(.constant16, lane, Int(bitPattern: arena.store([value])))
    case .string(let text): emit(.constant4, lane, Int(builder.dictionaries[lane]?.code(of: text) ?? 0))
    case .bytes(let bytes): emit(.constantBytes, lane, Int(bitPattern: arena.store(bytes)), bytes.count)
    }
  }
}
