import Columns

/// Columns under construction. Several decoders, one per writer's schema, may append to the same builder, so that a topic
/// whose records carry different schema ids becomes one batch.
///
/// Owned by one thread at a time. The string dictionaries live as long as the builder and are shared with its batches.
public final class AvroColumnBuilder {
  /// What the builder was asked for, in the order of the batches' columns.
  public let requests: [AvroColumnRequest]
  let state: UnsafeMutablePointer<State>
  let dictionaries: [StringDictionary?]

  struct State {
    var lanes: UnsafeMutablePointer<AvroLane>
    var capacity: Int
    var rows = 0
    /// The instruction at which the last record failed.
    var failedAt = 0
  }

  /// A builder with room for `capacity` rows, growing as needed. String columns take their dictionary from `dictionaries`
  /// (by column name) where given, so that several builders can share codes.
  public init(_ requests: [AvroColumnRequest], dictionaries given: [String: StringDictionary] = [:], capacity: Int = 1024) {
    self.requests = requests
    dictionaries = requests.map { $0.type.lane == .codes ? given[$0.name] ?? StringDictionary() : nil }
    let lanes = UnsafeMutablePointer<AvroLane>.allocate(capacity: max(1, requests.count))
    let rows = max(16, capacity)
    for (index, request) in requests.enumerated() {
      (lanes + index).initialize(to: AvroLane(request.type, rows: rows, dictionary: dictionaries[index]))
    }
    state = .allocate(capacity: 1)
    state.initialize(to: State(lanes: lanes, capacity: rows))
  }

  deinit {
    for index in requests.indices { state.pointee.lanes[index].free() }
    state.pointee.lanes.deallocate()
    state.deallocate()
  }

  /// The number of rows appended since the last `take`.
  public var rowCount: Int { state.pointee.rows }

  /// Takes the rows appended so far as a batch and starts anew.
  public func take() -> ColumnBatch {
    let rows = state.pointee.rows
    let columns = requests.indices.map { column($0, rows) }
    state.pointee.rows = 0
    return ColumnBatch(columns: columns, rowCount: rows)
  }

  /// Drops the rows appended since the last `take`.
  public func removeAll() {
    for index in requests.indices { resetValidity(index, state.pointee.rows) }
    state.pointee.rows = 0
  }

  func growIfFull() {
    guard state.pointee.rows == state.pointee.capacity else { return }
    let rows = state.pointee.rows
    for index in requests.indices { state.pointee.lanes[index].grow(from: rows, to: rows * 2) }
    state.pointee.capacity = rows * 2
  }

  /// Undoes what a failed record left in the row it did not complete.
  func clearRow() {
    for index in requests.indices { state.pointee.lanes[index].validity[state.pointee.rows] = true }
  }

  private func resetValidity(_ index: Int, _ rows: Int) {
    state.pointee.lanes[index].validity.update(repeating: true, count: rows)
  }

  private func column(_ index: Int, _ rows: Int) -> Column {
    let request = requests[index]
    let lane = state.pointee.lanes[index]
    var validity: [Bool]? = [Bool](UnsafeBufferPointer(start: lane.validity, count: rows))
    if validity?.contains(false) == true { resetValidity(index, rows) } else { validity = nil }
    return Column(name: request.name, type: request.type, values: values(index, lane, request.type, rows), validity: validity)
  }

  private func values(_ index: Int, _ lane: AvroLane, _ type: ColumnType, _ rows: Int) -> ColumnValues {
    switch type.lane {
    case .bool: return .bool(copy(lane, rows))
    case .int64: return .int64(copy(lane, rows))
    case .int128: return .int128(copy(lane, rows))
    case .double: return .double(copy(lane, rows))
    case .codes: return .codes(copy(lane, rows), dictionaries[index] ?? StringDictionary())
    case .bytes:
      var bytes = BytesVector()
      bytes.ends = copy(lane, rows)
      bytes.data = [UInt8](UnsafeRawBufferPointer(start: lane.heap, count: bytes.ends.last ?? 0))
      return .bytes(bytes)
    }
  }

  private func copy<T: BitwiseCopyable>(_ lane: AvroLane, _ rows: Int) -> [T] {
    [T](UnsafeBufferPointer(start: lane.values.assumingMemoryBound(to: T.self), count: rows))
  }
}
