import JSON
import Contracts

/// A refusal with Confluent's error code; the HTTP status is its first three digits.
struct RegistryError: Error, Hashable {
  let code: Int
  let message: String

  /// The HTTP status that goes with the code.
  var status: Int { code >= 1000 ? code / 100 : code }

  var json: JSONValue { ["error_code": .int(code), "message": .string(message)] }

  static func subjectNotFound(_ subject: String) -> RegistryError {
    RegistryError(code: 40401, message: "Subject '\(subject)' not found.")
  }
  static func versionNotFound(_ version: String) -> RegistryError {
    RegistryError(code: 40402, message: "Version \(version) not found.")
  }
  static let schemaNotFound = RegistryError(code: 40403, message: "Schema not found")
  static func subjectSoftDeleted(_ subject: String) -> RegistryError {
    RegistryError(code: 40404, message: "Subject '\(subject)' was soft deleted. Set permanent=true to delete permanently")
  }
  static func subjectNotSoftDeleted(_ subject: String) -> RegistryError {
    RegistryError(code: 40405, message: "Subject '\(subject)' was not deleted first before being permanently deleted")
  }
  static func versionSoftDeleted(_ subject: String, _ version: Int) -> RegistryError {
    RegistryError(
      code: 40406,
      message: "Subject '\(subject)' Version \(version) was soft deleted. Set permanent=true to delete permanently")
  }
  static func versionNotSoftDeleted(_ subject: String, _ version: Int) -> RegistryError {
    RegistryError(
      code: 40407,
      message: "Subject '\(subject)' Version \(version) was not deleted first before being permanently deleted")
  }
  static func noLevel(_ subject: String) -> RegistryError {
    RegistryError(code: 40408, message: "Subject '\(subject)' does not have subject-level compatibility configured")
  }
  static func noMode(_ subject: String) -> RegistryError {
    RegistryError(code: 40409, message: "Subject '\(subject)' does not have subject-level mode configured")
  }
  static func incompatible(_ problems: [String]) -> RegistryError {
    RegistryError(
      code: 409,
      message: "Schema being registered is incompatible with an earlier schema: " + problems.joined(separator: "; "))
  }
  static func invalidSchema(_ reason: String) -> RegistryError {
    RegistryError(code: 42201, message: "Invalid schema: \(reason)")
  }
  static func invalidVersion(_ text: String) -> RegistryError {
    RegistryError(
      code: 42202,
      message: "The specified version '\(text)' is not a valid version id. "
        + "Allowed values are between [1, 2^31-1] and the string \"latest\"")
  }
  static let invalidLevel = RegistryError(
    code: 42203,
    message: "Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, "
      + "forward_transitive, and full_transitive")
  static let invalidMode = RegistryError(
    code: 42204, message: "Invalid mode. Valid values are READWRITE, READONLY, READONLY_OVERRIDE, and IMPORT")
  static func notPermitted(_ reason: String) -> RegistryError { RegistryError(code: 42205, message: reason) }
  static func idMismatch(_ id: Int32) -> RegistryError {
    RegistryError(code: 42207, message: "Overwrite new schema with id \(id) is not permitted.")
  }
  static let invalidSubject = RegistryError(
    code: 42208, message: "The subject is invalid: it may not be empty or hold control characters")
  static func store(_ reason: String) -> RegistryError {
    RegistryError(code: 50001, message: "Error in the backend data store: \(reason)")
  }
}
