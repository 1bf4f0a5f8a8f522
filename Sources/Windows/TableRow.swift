import SQL
import Values

/// A row of a table or stream as a question finds it.
public struct TableRow: Hashable, Sendable {
  /// One per column of the source.
  public var values: [Value]
  /// The window of its key; nil where the source has none.
  public var window: WindowSpan?
  /// Event time of the record that wrote it, microseconds since the epoch.
  public var time: Int64

  public init(values: [Value], window: WindowSpan? = nil, time: Int64) {
    self.values = values
    self.window = window
    self.time = time
  }
}

/// The bounds of a window, microseconds since the epoch. Of sessions the end is the time of the last record.
public struct WindowSpan: Hashable, Sendable, Comparable {
  public var start: Int64
  public var end: Int64

  public init(start: Int64, end: Int64) {
    self.start = start
    self.end = end
  }

  public static func < (a: WindowSpan, b: WindowSpan) -> Bool { (a.start, a.end) < (b.start, b.end) }
}

extension Value {
  /// Appends bytes whose order is that of the values, so that tables are scanned by key; nested values by their encoding.
  func appendOrdered(to out: inout [UInt8]) {
    out.append(isNull ? 0 : 1)
    switch self {
    case .null: break
    case .boolean(let value): out.append(value ? 1 : 0)
    case .integer(let value), .date(let value): KeyCodec.appendInt64(Int64(value), to: &out)
    case .bigint(let value), .timestamp(let value), .time(let value): KeyCodec.appendInt64(value, to: &out)
    case .double(let value): KeyCodec.appendInt64(SortableDouble.encode(value), to: &out)
    case .decimal(let unscaled, _):
      KeyCodec.appendInt64(Int64(truncatingIfNeeded: unscaled >> 64), to: &out)
      KeyCodec.appendBigEndian(UInt64(truncatingIfNeeded: unscaled), to: &out)
    case .string(let value): KeyCodec.appendEscaped(value.utf8, to: &out)
    case .bytes(let value): KeyCodec.appendEscaped(value, to: &out)
    case .array, .map, .structure: KeyCodec.appendEscaped(encoded(), to: &out)
    }
  }

  /// A literal of a plan as a value of `type`; nil where it is no value of that type.
  init?(_ literal: Literal, as type: SQLType) {
    switch (literal, type) {
    case (.null, _): self = .null
    case (.boolean(let value), .boolean): self = .boolean(value)
    case (.string(let value), .string): self = .string(value)
    case (.bytes(let value), .bytes): self = .bytes(value)
    case (.double(let value), .double): self = .double(value)
    case (.integer(let value), _):
      guard let whole = Value.whole(value, as: type) else { return nil }
      self = whole
    case (.decimal(let unscaled, let scale), .decimal(_, let wanted)) where scale == wanted:
      self = .decimal(unscaled: unscaled, scale: scale)
    default: return nil
    }
  }

  private static func whole(_ value: Int64, as type: SQLType) -> Value? {
    switch type {
    case .integer: Int32(exactly: value).map { .integer($0) }
    case .bigint: .bigint(value)
    case .double: Double(exactly: value).map { .double($0) }
    case .timestamp: .timestamp(value)
    case .time: .time(value)
    case .date: Int32(exactly: value).map { .date($0) }
    default: nil
    }
  }
}
