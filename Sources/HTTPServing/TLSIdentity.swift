import NIOCore
import NIOSSL
import Synchronization

/// Who a server says it is: a certificate chain and its key, from PEM files that may be replaced while it runs. Safe from any
/// thread.
public final class TLSIdentity: Sendable {
  /// The files that it is read from.
  public struct Files: Hashable, Sendable {
    /// The server's certificate, then those between it and the root.
    public var certificates: String
    /// The key, not encrypted.
    public var key: String

    public init(certificates: String, key: String) {
      self.certificates = certificates
      self.key = key
    }
  }

  private struct Pair: Sendable {
    let chain: [NIOSSLCertificateSource]
    let key: NIOSSLPrivateKeySource
    /// Seconds since the epoch.
    let validity: ClosedRange<Int>
  }

  private let files: Files
  private let pair: Mutex<Pair>

  public init(_ files: Files) throws(TLSIdentityError) {
    self.files = files
    pair = Mutex(try Self.read(files))
  }

  /// Reads the files again; connections made from now on are met with what they hold. What was read before stays in force when
  /// they are wrong.
  public func reload() throws(TLSIdentityError) {
    let new = try Self.read(files)
    pair.withLock { $0 = new }
  }

  /// What clients will hold against the certificate; nil where its time is now.
  ///
  /// - Parameter now: milliseconds since the epoch.
  public func warning(now: Int64) -> String? {
    let validity = pair.withLock { $0.validity }
    let seconds = Int(now / 1000)
    if seconds > validity.upperBound { return "the certificate in \(files.certificates) has expired: clients will refuse it" }
    if seconds < validity.lowerBound {
      return "the certificate in \(files.certificates) is not valid yet: clients will refuse it"
    }
    return nil
  }

  /// TLS 1.2 or newer. Each handshake takes the pair that is in force then.
  func configuration() -> TLSConfiguration {
    let first = pair.withLock { $0 }
    var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: first.chain, privateKey: first.key)
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["http/1.1"]
    configuration.sslContextCallback = { [self] _, promise in
      let now = pair.withLock { $0 }
      var override = NIOSSLContextConfigurationOverride()
      override.certificateChain = now.chain
      override.privateKey = now.key
      promise.succeed(override)
    }
    return configuration
  }

  // MARK: Reading

  private static func read(_ files: Files) throws(TLSIdentityError) -> Pair {
    let certificates = try certificates(files.certificates)
    let key = try key(files.key)
    let pair = Pair(
      chain: certificates.map { .certificate($0) }, key: .privateKey(key), validity: validity(certificates[0]))
    do {
      // The library compares them when it is given both.
      _ = try NIOSSLContext(configuration: .makeServerConfiguration(certificateChain: pair.chain, privateKey: pair.key))
    } catch {
      throw TLSIdentityError("the key in \(files.key) is not that of the first certificate in \(files.certificates)")
    }
    return pair
  }

  /// At least one.
  private static func certificates(_ path: String) throws(TLSIdentityError) -> [NIOSSLCertificate] {
    let bytes = try PEMFile.bytes(path, "certificates")
    guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
      throw TLSIdentityError("\(path) holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")
    }
    return certificates
  }

  private static func key(_ path: String) throws(TLSIdentityError) -> NIOSSLPrivateKey {
    let bytes = try PEMFile.bytes(path, "the key")
    let text = String(decoding: bytes, as: UTF8.self)
    guard !text.contains("ENCRYPTED") else {
      throw TLSIdentityError(
        "the key in \(path) is encrypted; decrypt it (openssl pkey -in OLD -out NEW), readable to the server alone")
    }
    guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
      throw TLSIdentityError("\(path) holds no private key in PEM (-----BEGIN PRIVATE KEY-----)")
    }
    return key
  }

  private static func validity(_ certificate: NIOSSLCertificate) -> ClosedRange<Int> {
    let first = Int(certificate.notValidBefore)
    return first...max(first, Int(certificate.notValidAfter))
  }
}

/// Why a certificate or its key cannot be used, and what to do. Holds nothing of the key.
public struct TLSIdentityError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
