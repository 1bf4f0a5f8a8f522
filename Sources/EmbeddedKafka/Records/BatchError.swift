/// Why bytes are not an acceptable record batch, with the error code that a client is answered.
package struct BatchError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What to do about it: a corrupt batch may be sent again, an invalid one is the client's mistake.
  package enum Reason: Sendable {
    /// Bytes do not form what their framing or checksum promises; sending the same batch again may succeed.
    case corrupt
    /// Well formed but against the rules of the protocol; sending it again cannot succeed.
    case invalid
    /// Larger than `max.message.bytes`; split it.
    case tooLarge
    /// A magic byte other than 2; use a newer client.
    case unsupportedFormat
    /// A codec this broker does not know, or a damaged compressed block.
    case unsupportedCompression
    /// Timestamps outside of what the topic accepts.
    case timestamp
  }

  let reason: Reason
  /// One sentence without record contents.
  let message: String

  var kafkaErrorCode: Int16 {
    switch reason {
    case .corrupt: 2
    case .tooLarge: 10
    case .timestamp: 32
    case .unsupportedFormat: 43
    case .unsupportedCompression: 76
    case .invalid: 87
    }
  }

  package var description: String { message }

  static func corrupt(_ message: String) -> BatchError { BatchError(reason: .corrupt, message: message) }
  static func invalid(_ message: String) -> BatchError { BatchError(reason: .invalid, message: message) }
}
