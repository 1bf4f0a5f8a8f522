import NIOCore

/// One direction of the Kafka wire encoding: a message describes its fields once, and a coder reads or writes them.
///
/// Classic encoding uses fixed-width lengths; flexible encoding (KIP-482) uses unsigned varints of length + 1 and tagged fields.
/// Which of the two applies follows from the API key and version and is fixed for the whole message.
protocol WireCoder {
  /// The version of the message, on which its fields depend.
  var version: Int16 { get }
  /// Whether the message is in the compact encoding of KIP-482.
  var flexible: Bool { get }

  mutating func integer<T: FixedWidthInteger>(_ value: inout T) throws(WireError)
  mutating func string(_ value: inout String) throws(WireError)
  mutating func nullableString(_ value: inout String?) throws(WireError)
  mutating func bytes(_ value: inout [UInt8]) throws(WireError)
  /// Record batches: a slice of the frame when decoding, and never copied when large.
  mutating func records(_ value: inout ByteBuffer?) throws(WireError)
  /// The count of an array; -1 for null. `count` is the present count when writing.
  mutating func arrayCount(_ count: Int) throws(WireError) -> Int
  /// The tagged fields that close every flexible structure; none are written, all are skipped.
  mutating func tags() throws(WireError)
}

/// A structure of the protocol whose fields are described once for both directions.
protocol WireStruct {
  init()
  /// Reads or writes every field that exists in `coder.version`, in wire order, without the closing tagged fields.
  mutating func code<C: WireCoder>(_ coder: inout C) throws(WireError)
}

extension WireCoder {
  mutating func bool(_ value: inout Bool) throws(WireError) {
    var byte: Int8 = value ? 1 : 0
    try integer(&byte)
    value = byte != 0
  }

  mutating func array<T: WireStruct>(_ value: inout [T]) throws(WireError) {
    let count = try arrayCount(value.count)
    guard count >= 0 else { throw .unexpectedNull }
    try elements(&value, count)
  }

  mutating func nullableArray<T: WireStruct>(_ value: inout [T]?) throws(WireError) {
    let count = try arrayCount(value?.count ?? -1)
    guard count >= 0 else {
      value = nil
      return
    }
    var items = value ?? []
    value = nil
    try elements(&items, count)
    value = items
  }

  /// Grows one element at a time, so that a lying count costs no more memory than the frame that carries it.
  private mutating func elements<T: WireStruct>(_ items: inout [T], _ count: Int) throws(WireError) {
    for index in 0..<count {
      if index == items.count { items.append(T()) }
      try items[index].code(&self)
      try tags()
    }
  }

  mutating func integers<T: FixedWidthInteger>(_ value: inout [T]) throws(WireError) {
    let count = try arrayCount(value.count)
    guard count >= 0 else { throw .unexpectedNull }
    for index in 0..<count {
      if index == value.count { value.append(0) }
      try integer(&value[index])
    }
  }

  mutating func strings(_ value: inout [String]) throws(WireError) {
    let count = try arrayCount(value.count)
    guard count >= 0 else { throw .unexpectedNull }
    try stringElements(&value, count)
  }

  mutating func nullableStrings(_ value: inout [String]?) throws(WireError) {
    let count = try arrayCount(value?.count ?? -1)
    guard count >= 0 else {
      value = nil
      return
    }
    var items = value ?? []
    try stringElements(&items, count)
    value = items
  }

  private mutating func stringElements(_ items: inout [String], _ count: Int) throws(WireError) {
    for index in 0..<count {
      if index == items.count { items.append("") }
      try string(&items[index])
    }
  }

  mutating func uuid(_ value: inout WireUUID) throws(WireError) {
    try integer(&value.high)
    try integer(&value.low)
  }
}

/// A topic id (KIP-516); all zero means that the topic has none.
struct WireUUID: Hashable, Sendable {
  var high: UInt64 = 0
  var low: UInt64 = 0
}
