import JSON

/// Reads what a registry answers.
enum RegistryReply {
  /// The error that an answer other than 2xx stands for.
  static func failure(_ response: HTTPResponse, _ url: String) -> ContractError {
    let json = try? JSONValue(parsing: response.body)
    let code = json?["error_code"]?.intValue ?? response.status
    let message = json?["message"]?.stringValue ?? "HTTP status \(response.status)"
    let reason = "\(RegistryAddress.withoutPassword(url)): \(trimmed(message)) (\(code))"
    switch (response.status, code) {
    case (409, _):
      return ContractError(
        .incompatible, reason, advice: "Make the change one that the subject's compatibility level allows")
    case (404, _): return ContractError(.notFound, reason, advice: "Check the name, and that the contract is registered")
    case (422, 42201): return ContractError(.invalidSchema, reason, advice: "Correct the schema")
    case (401, _), (403, _): return ContractError(.refused, reason, advice: "Check user, password and permissions")
    case (429, _), (500..., _): return ContractError(.unavailable, reason)
    default: return ContractError(.refused, reason)
    }
  }

  private static func trimmed(_ message: String) -> String {
    var message = message
    while let last = message.last, last == "." || last == " " || last == "\n" { message.removeLast() }
    return message
  }

  /// The Avro schema that an answer carries.
  static func avroSchema(_ reply: JSONValue, _ what: String) throws(ContractError) -> AvroSchema {
    let type = reply["schemaType"]?.stringValue ?? "AVRO"
    guard type == "AVRO" else {
      throw ContractError(.unsupported, "The \(what) is \(type), not Avro", advice: "Use Avro contracts")
    }
    guard reply["references"]?.arrayValue?.isEmpty ?? true else {
      throw ContractError(.unsupported, "The \(what) refers to other schemas", advice: "Register it as one schema")
    }
    guard let text = reply["schema"]?.stringValue else { throw malformed(what) }
    return try AvroSchema(json: text)
  }

  /// A version of a subject.
  static func version(_ reply: JSONValue, _ subject: String) throws(ContractError) -> SubjectVersion {
    guard let id = reply["id"]?.intValue, let id = Int32(exactly: id), let version = reply["version"]?.intValue else {
      throw malformed("version of '\(subject)'")
    }
    let schema = try avroSchema(reply, "version \(version) of '\(subject)'")
    return SubjectVersion(subject: reply["subject"]?.stringValue ?? subject, version: version, id: id, schema: schema)
  }

  static func malformed(_ what: String) -> ContractError {
    ContractError(
      .refused, "The registry's answer about the \(what) lacks what it has to hold",
      advice: "Check that --registry names a Schema Registry")
  }
}

/// One registered version of a subject.
public struct SubjectVersion: Sendable, Hashable {
  public let subject: String
  /// From 1.
  public let version: Int
  /// The id that frames carry, unique in the registry.
  public let id: Int32
  public let schema: AvroSchema

  public init(subject: String, version: Int, id: Int32, schema: AvroSchema) {
    self.subject = subject
    self.version = version
    self.id = id
    self.schema = schema
  }
}
