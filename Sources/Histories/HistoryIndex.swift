/// A history arranged by value and by place.
struct HistoryIndex {
  /// The records of one partition in the order of their offsets.
  struct Log {
    private(set) var records: [(offset: Int64, value: Int64)] = []

    fileprivate init(_ values: [Int64: Int64]) {
      records = values.map { (offset: $0.key, value: $0.value) }.sorted { $0.offset < $1.offset }
    }

    /// The first index at or after an offset.
    func position(of offset: Int64) -> Int {
      var (low, high) = (0, records.count)
      while low < high {
        let middle = (low + high) / 2
        if records[middle].offset < offset { low = middle + 1 } else { high = middle }
      }
      return low
    }

    /// The records in `[start, end)`.
    func between(_ start: Int64, _ end: Int64) -> ArraySlice<(offset: Int64, value: Int64)> {
      let first = position(of: start)
      return records[first..<max(first, position(of: end))]
    }
  }

  let history: History
  /// The send of each value.
  private(set) var sends: [Int64: Int] = [:]
  /// Everywhere a value was seen, by whatever reader or answer.
  private(set) var places: [Int64: Set<Place>] = [:]
  private(set) var valuesAt: [Place: Set<Int64>] = [:]
  /// Values that read_committed readers were given.
  private(set) var visible: Set<Int64> = []
  private(set) var all: [Int32: Log] = [:]
  /// What read_committed readers have to be given: what they were given, and what is stored and known to be committed.
  private(set) var committed: [Int32: Log] = [:]

  struct Place: Hashable, Comparable {
    var partition: Int32, offset: Int64
    static func < (a: Place, b: Place) -> Bool { (a.partition, a.offset) < (b.partition, b.offset) }
  }

  init(_ history: History) {
    self.history = history
    for (index, send) in history.sends.enumerated() {
      sends[send.value] = index
      if let offset = send.offset { note(send.value, send.partition, offset) }
    }
    for reader in history.readers {
      for case .polled(let records, _, _) in reader.events {
        for record in records {
          note(record.value, record.partition, record.offset)
          if reader.isolation == .committed { visible.insert(record.value) }
        }
      }
    }
    var every: [Int32: [Int64: Int64]] = [:]
    var certain: [Int32: [Int64: Int64]] = [:]
    for (place, values) in valuesAt {
      guard let value = values.min() else { continue }
      every[place.partition, default: [:]][place.offset] = value
      if visible.contains(value) || fate(of: value) == .done { certain[place.partition, default: [:]][place.offset] = value }
    }
    all = every.mapValues { Log($0) }
    committed = certain.mapValues { Log($0) }
  }

  private mutating func note(_ value: Int64, _ partition: Int32, _ offset: Int64) {
    let place = Place(partition: partition, offset: offset)
    places[value, default: []].insert(place)
    valuesAt[place, default: []].insert(value)
  }

  func send(of value: Int64) -> History.Send? { sends[value].map { history.sends[$0] } }

  /// Nil for a value that nobody sent.
  func fate(of value: Int64) -> History.Fate? { send(of: value).map { history.fate(of: $0) } }

  func transaction(of value: Int64) -> Int? { send(of: value)?.transaction }
}
