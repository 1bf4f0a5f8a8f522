import JSON

/// One event of OpenLineage 2 (openlineage.io/spec/2-0-2): a run of a job, with what it reads and writes.
public struct LineageEvent: Hashable, Sendable {
  /// The state that the run has come to.
  public enum State: String, Hashable, Sendable {
    case start = "START"
    case complete = "COMPLETE"
    case fail = "FAIL"
  }

  public var state: State
  /// As RFC 3339.
  public var time: String
  /// A UUID, the same for all events of a run.
  public var run: String
  public var job: LineageJob
  /// Why it failed, with `fail`. Holds no record values.
  public var error: String?

  public init(_ state: State, time: String, run: String, job: LineageJob, error: String? = nil) {
    self.state = state
    self.time = time
    self.run = run
    self.job = job
    self.error = error
  }

  static let producer = "urn:wick"
  private static let schemaURL = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"

  public var json: JSONValue {
    var facets: [JSONValue.Member] = []
    if let error {
      facets.append(
        .init(
          "errorMessage",
          Self.facet("1-0-1/ErrorMessageRunFacet", [.init("message", .string(error)), .init("programmingLanguage", "Swift")])))
    }
    return [
      "eventType": .string(state.rawValue), "eventTime": .string(time),
      "run": ["runId": .string(run), "facets": .object(facets)],
      "job": job.json, "inputs": .array(job.inputs.map(\.json)), "outputs": .array(job.outputs.map(\.json)),
      "producer": .string(Self.producer), "schemaURL": .string(Self.schemaURL),
    ]
  }

  /// - Parameter name: version and name of the facet, as in its address.
  static func facet(_ name: String, _ members: [JSONValue.Member]) -> JSONValue {
    let type = name.split(separator: "/").last ?? ""
    let schema = "https://openlineage.io/spec/facets/\(name).json#/$defs/\(type)"
    return .object([.init("_producer", .string(producer)), .init("_schemaURL", .string(schema))] + members)
  }
}

/// A job: an ingest, a query or a sink.
public struct LineageJob: Hashable, Sendable {
  /// The application.
  public var namespace: String
  public var name: String
  /// INGEST, QUERY or SINK.
  public var kind: String
  public var inputs: [LineageDataset]
  public var outputs: [LineageDataset]

  public init(namespace: String, name: String, kind: String, inputs: [LineageDataset], outputs: [LineageDataset]) {
    self.namespace = namespace
    self.name = name
    self.kind = kind
    self.inputs = inputs
    self.outputs = outputs
  }

  var json: JSONValue {
    let type = LineageEvent.facet(
      "2-0-4/JobTypeJobFacet",
      [.init("processingType", "STREAMING"), .init("integration", "WICK"), .init("jobType", .string(kind))])
    return ["namespace": .string(namespace), "name": .string(name), "facets": ["jobType": type]]
  }
}

/// What a job reads or writes: a topic or a table.
public struct LineageDataset: Hashable, Sendable {
  /// One column.
  public struct Field: Hashable, Sendable {
    public var name: String
    public var type: String

    public init(_ name: String, _ type: String) {
      self.name = name
      self.type = type
    }
  }

  /// What is done with a column on its way into another.
  public enum Transformation: String, Hashable, Sendable {
    case identity = "IDENTITY"
    case transformation = "TRANSFORMATION"
    case aggregation = "AGGREGATION"
  }

  /// A column of another data set.
  public struct Origin: Hashable, Sendable, Comparable {
    public var namespace: String
    public var dataset: String
    public var field: String
    public var how: Transformation

    public static func < (a: Self, b: Self) -> Bool {
      (a.namespace, a.dataset, a.field, a.how.rawValue) < (b.namespace, b.dataset, b.field, b.how.rawValue)
    }
  }

  public var namespace: String
  public var name: String
  public var fields: [Field]
  /// By column: those it is computed from.
  public var origins: [String: Set<Origin>]

  public init(namespace: String, name: String, fields: [Field] = [], origins: [String: Set<Origin>] = [:]) {
    self.namespace = namespace
    self.name = name
    self.fields = fields
    self.origins = origins
  }

  /// A topic of a cluster, named as OpenLineage's naming says.
  public static func topic(
    _ name: String, bootstrap: String, fields: [Field] = [], origins: [String: Set<Origin>] = [:]
  ) -> LineageDataset {
    LineageDataset(namespace: namespace(bootstrap: bootstrap), name: name, fields: fields, origins: origins)
  }

  static func namespace(bootstrap: String) -> String { "kafka://\(bootstrap.split(separator: ",").first ?? "")" }

  var json: JSONValue {
    var facets: [JSONValue.Member] = []
    if !fields.isEmpty {
      let columns = fields.map { JSONValue.object([.init("name", .string($0.name)), .init("type", .string($0.type))]) }
      facets.append(
        .init("schema", LineageEvent.facet("1-2-0/SchemaDatasetFacet", [.init("fields", .array(columns))])))
    }
    if !origins.isEmpty {
      let columns = origins.sorted { $0.key < $1.key }.map { name, origins in
        JSONValue.Member(name, ["inputFields": .array(origins.sorted().map(\.json))])
      }
      facets.append(
        .init("columnLineage", LineageEvent.facet("1-2-0/ColumnLineageDatasetFacet", [.init("fields", .object(columns))])))
    }
    return ["namespace": .string(namespace), "name": .string(name), "facets": .object(facets)]
  }
}

extension LineageDataset.Origin {
  fileprivate var json: JSONValue {
    [
      "namespace": .string(namespace), "name": .string(dataset), "field": .string(field),
      "transformations": [["type": "DIRECT", "subtype": .string(how.rawValue)]],
    ]
  }
}
