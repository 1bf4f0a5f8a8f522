/// Whether a subject, or the whole registry, takes writes.
enum RegistryMode: String, Sendable, Hashable, CaseIterable {
  case readWrite = "READWRITE"
  case readOnly = "READONLY"
  case readOnlyOverride = "READONLY_OVERRIDE"
  /// Takes schemas with the ids and versions that another registry gave them.
  case importing = "IMPORT"
}
