import JSON

/// A file of cases: statements with what goes in and what must come out. The shape is that of ksqlDB's own test-suite.
public struct CaseFile: Hashable, Sendable {
  /// As it was given; shown in results.
  public var name: String
  /// In the order of the file, with `{FORMAT}` and `{CONFIG}` expanded: one case per combination.
  public var cases: [TestCase]

  public init(name: String, cases: [TestCase]) {
    self.name = name
    self.cases = cases
  }
}

/// One case.
public struct TestCase: Hashable, Sendable {
  /// The name in the file, and after dashes the format and configuration it was expanded with.
  public var name: String
  public var statements: [String]
  public var inputs: [CaseRecord]
  public var outputs: [CaseRecord]
  /// Settings the statements run with, as text.
  public var properties: [String: String]
  public var topics: [CaseTopic]
  /// What the questions among the statements must answer, in their order; nil where there are none.
  public var answers: [CaseAnswer]?
  /// Whether the rows of answers must come in the order of the case; else in any.
  public var verifiesOrder = false
  /// What the statements must be refused for, where they must be.
  public var expectedException: ExpectedRefusal?
  /// Why the case is not to be run; nil when it is.
  public var skipReason: String?

  public init(
    name: String, statements: [String], inputs: [CaseRecord] = [], outputs: [CaseRecord] = [],
    properties: [String: String] = [:], topics: [CaseTopic] = [], expectedException: ExpectedRefusal? = nil,
    skipReason: String? = nil
  ) {
    self.name = name
    self.statements = statements
    self.inputs = inputs
    self.outputs = outputs
    self.properties = properties
    self.topics = topics
    self.expectedException = expectedException
    self.skipReason = skipReason
  }
}

/// A record that goes in or must come out.
public struct CaseRecord: Hashable, Sendable {
  public var topic: String
  /// `.null` where the record has no key.
  public var key: JSONValue
  /// `.null` for a tombstone.
  public var value: JSONValue
  /// Milliseconds. Of inputs, 0 where it is missing; of outputs, nil where any will do.
  public var timestamp: Int64?
  public var window: CaseWindow?
  /// Of outputs, nil where any will do.
  public var headers: [CaseHeader]?

  public init(
    topic: String, key: JSONValue = .null, value: JSONValue, timestamp: Int64? = nil, window: CaseWindow? = nil
  ) {
    self.topic = topic
    self.key = key
    self.value = value
    self.timestamp = timestamp
    self.window = window
  }
}

/// A header of a record.
public struct CaseHeader: Hashable, Sendable {
  public var name: String
  /// Base64 in the file; nil for a header without a value.
  public var value: [UInt8]?

  public init(name: String, value: [UInt8]?) {
    self.name = name
    self.value = value
  }
}

/// The window of a record's key, milliseconds.
public struct CaseWindow: Hashable, Sendable {
  public var start: Int64
  public var end: Int64
  /// The end of a session is part of its key and is compared; that of other windows follows from their size.
  public var isSession: Bool

  public init(start: Int64, end: Int64, isSession: Bool = false) {
    self.start = start
    self.end = end
    self.isSession = isSession
  }
}

/// What is known of a topic before the statements run.
public struct CaseTopic: Hashable, Sendable {
  public var name: String
  public var keyFormat: String?
  public var valueFormat: String?
  /// Avro or JSON schemas, as they stand in the file.
  public var keySchema: JSONValue?
  public var valueSchema: JSONValue?
  public var partitions: Int?

  public init(
    name: String, keyFormat: String? = nil, valueFormat: String? = nil, keySchema: JSONValue? = nil,
    valueSchema: JSONValue? = nil, partitions: Int? = nil
  ) {
    self.name = name
    self.keyFormat = keyFormat
    self.valueFormat = valueFormat
    self.keySchema = keySchema
    self.valueSchema = valueSchema
    self.partitions = partitions
  }
}

/// The refusal that the author of a case had in mind. Any refusal passes: words differ from engine to engine.
public struct ExpectedRefusal: Hashable, Sendable {
  public var type: String?
  public var message: String?

  public init(type: String? = nil, message: String? = nil) {
    self.type = type
    self.message = message
  }
}
