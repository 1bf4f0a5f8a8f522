/// What went wrong with a table or its catalog, and what the caller may do about it.
///
/// The message names files, tables and fields, never the values of records.
public struct IcebergError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of failure, by what follows from it.
  public enum Code: String, Hashable, Sendable {
    /// The table, namespace or file is not there: create it or correct the name.
    case notFound
    /// The table or file is there already: load it instead.
    case alreadyExists
    /// Somebody else moved the table's pointer first. Nothing was changed: reload, check again, retry.
    case commitConflict
    /// Whether the commit took place is not known: reload and look for the own commit id; delete nothing.
    case commitStateUnknown
    /// The table is not in the state the commit requires. Retrying cannot help; the files written for it are orphans.
    case requirementFailed
    /// A metadata file, manifest or argument breaks the specification.
    case invalid
    /// Legal Iceberg that this library does not write or read.
    case unsupported
    /// A file could not be read or written.
    case io
    /// The catalog database could not be used; nothing was changed.
    case catalog
  }

  /// The kind of failure.
  public let code: Code
  /// One sentence: what was attempted, what happened and what to do next.
  public let message: String

  /// An error of that kind with its sentence.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(code.rawValue): \(message)" }
}
