import Columns
import SQL
import Values

extension ExpressionGraph {
  /// Takes each row from the source that `picks` names; a negative pick is NULL. All sources have the lane of `type` or,
  /// for decimals, hold its scale.
  func select(_ sources: [Vector], _ picks: [Int8], _ type: SQLType) -> Vector {
    let count = picks.count
    var result: Vector
    switch type.columnType.lane {
    case .bool: result = Vector(type, .bool(pick(sources.map(\.bools), sources, picks, false)))
    case .int64: result = Vector(type, .int64(pick(sources.map(\.narrowed), sources, picks, 0)))
    case .int128: result = Vector(type, .int128(pick(sources.map(\.int128s), sources, picks, 0)))
    case .double: result = Vector(type, .double(pick(sources.map(\.doubles), sources, picks, 0)))
    case .codes: result = Vector(type, selectCodes(sources, picks))
    case .bytes: result = Vector(type, selectBytes(sources, picks))
    }
    if picks.contains(where: { $0 < 0 }) || sources.contains(where: { $0.validity != nil }) {
      result.validity = (0..<count).map { picks[$0] >= 0 && sources[Int(picks[$0])].isValid($0) }
    }
    if sources.contains(where: { $0.failures != nil }) {
      result.failures = (0..<count).map { picks[$0] >= 0 && sources[Int(picks[$0])].isFailed($0) }
    }
    result.isConstant = count == 1 && sources.allSatisfy(\.isConstant)
    return result
  }

  @inline(__always)
  private func pick<T>(_ lanes: [[T]], _ sources: [Vector], _ picks: [Int8], _ filler: T) -> [T] {
    if lanes.count == 2, !lanes[0].isEmpty, !lanes[1].isEmpty {
      let (a, b, ma, mb) = (lanes[0], lanes[1], sources[0].mask, sources[1].mask)
      return picks.indices.map { i in picks[i] == 0 ? a[i & ma] : b[i & mb] }
    }
    return picks.indices.map { i in
      let k = Int(picks[i])
      return k < 0 || lanes[k].isEmpty ? filler : lanes[k][i & sources[k].mask]
    }
  }

  private func selectCodes(_ sources: [Vector], _ picks: [Int8]) -> ColumnValues {
    var dictionaries: [StringDictionary] = []
    var lanes: [[Int32]] = []
    for source in sources {
      guard case .codes(let codes, let dictionary) = source.values else { continue }
      lanes.append(codes)
      dictionaries.append(dictionary)
    }
    guard lanes.count == sources.count, let shared = dictionaries.first else {
      return .filler(.codes, picks.count)
    }
    if dictionaries.contains(where: { $0 !== shared }) { return mergedCodes(lanes, dictionaries, sources, picks) }
    return .codes(pick(lanes, sources, picks, shared.count == 0 ? shared.code(of: "") : 0), shared)
  }

  private func mergedCodes(
    _ lanes: [[Int32]], _ dictionaries: [StringDictionary], _ sources: [Vector], _ picks: [Int8]
  ) -> ColumnValues {
    let merged = StringDictionary()
    let empty = merged.code(of: "")
    let codes = picks.indices.map { i -> Int32 in
      let k = Int(picks[i])
      guard k >= 0, sources[k].isValid(i) else { return empty }
      return dictionaries[k].withBytes(lanes[k][i & sources[k].mask]) { merged.code(of: $0) }
    }
    return .codes(codes, merged)
  }

  private func selectBytes(_ sources: [Vector], _ picks: [Int8]) -> ColumnValues {
    var out = BytesVector()
    for i in picks.indices {
      if picks[i] < 0 {
        out.append(contentsOf: [])
      } else {
        sources[Int(picks[i])].withBytes(i) { out.append(contentsOf: $0) }
      }
    }
    return .bytes(out)
  }
}

extension Vector {
  /// The lane as 64-bit integers, also where a narrow decimal stands in the wide lane.
  var narrowed: [Int64] {
    if case .int128(let v) = values { v.map { Int64(truncatingIfNeeded: $0) } } else { int64s }
  }
}
