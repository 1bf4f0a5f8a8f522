import ArgumentParser
import HTTPServing
import MarketAPI
import Serve

/// Where a server listens, whom it lets in, and who it says it is.
struct AccessOptions: ParsableArguments {
  @Option(help: "Where to listen (default 127.0.0.1:8088; port 0 takes a free one).")
  var listen: String?

  @Flag(help: "Listen without TLS at an address that other machines reach: behind a proxy with TLS, or in a trusted network.")
  var insecure = false

  @Option(help: "File of the server's certificate in PEM, followed by those between it and the root.")
  var tlsCert: String?

  @Option(
    help: "File of the certificate's key in PEM, not encrypted. SIGHUP reads it, the certificate and the files of keys again.")
  var tlsKey: String?

  @Option(help: "File of the keys that are let in (wick serve keys add makes them).")
  var keys: String?

  @Option(
    help: "File of the keys (a JWK set: RSA, P-256, Ed25519, or secrets of 32 bytes and more) that tokens (JWT) are signed with.")
  var jwtKeys: String?

  @Option(help: "This service's name in the tokens' aud; needed with --jwt-keys.")
  var jwtAudience: String?

  @Option(help: "What the tokens' iss must be.")
  var jwtIssuer: String?

  @Option(
    help: """
      Requests a second of each key, token's subject and address, ten times as many at once (0 for any number; default 100 with \
      keys or tokens).
      """)
  var rate: Double?

  @Option(help: "Origin of another site whose pages may ask, such as https://charts.example.com. May be repeated.")
  var allowOrigin: [String] = []

  func validate() throws {
    guard (0...1_000_000).contains(rate ?? 0) else { throw ValidationError("--rate is 0 to 1000000.") }
    for origin in allowOrigin where !origin.hasPrefix("http://") && !origin.hasPrefix("https://") {
      throw ValidationError("--allow-origin is a scheme and a host, such as https://charts.example.com.")
    }
  }

  /// Where to listen, once it is certain that this may be done there.
  func address(_ rules: AccessControl.Rules, _ identity: TLSIdentity?) throws -> ServedAddress {
    let text = try Settings().value("listen", flag: listen) ?? ServedAddress.standard
    let address = try ServedAddress(text, "--listen", isEncrypted: identity != nil)
    let rule = ListenRule(isClosed: rules.isClosed, isEncrypted: identity != nil, isInsecure: insecure)
    if let refusal = rule.refusal(host: address.host) { throw Failure(.usage, refusal) }
    return address
  }

  /// Whom to let in, as files that may change.
  func visitors() throws -> Visitors {
    let settings = try Settings()
    return Visitors(
      keys: settings.value("keys", flag: keys), tokens: try tokens(settings), rate: rate, origins: Set(allowOrigin))
  }

  private func tokens(_ settings: Settings) throws -> Visitors.Tokens? {
    let audience = settings.value("jwt-audience", flag: jwtAudience)
    let issuer = settings.value("jwt-issuer", flag: jwtIssuer)
    guard let keys = settings.value("jwt-keys", flag: jwtKeys) else {
      guard audience == nil, issuer == nil else {
        throw Failure(
          .usage,
          "--jwt-audience and --jwt-issuer say which tokens are taken; name the keys they are signed with (--jwt-keys FILE).")
      }
      return nil
    }
    guard let audience, !audience.isEmpty else {
      throw Failure(.usage, "--jwt-keys needs --jwt-audience NAME, so that tokens made for other services open nothing here.")
    }
    return Visitors.Tokens(keys: keys, audience: audience, issuer: issuer)
  }

  func identity() throws -> TLSIdentity? {
    let settings = try Settings()
    switch (settings.value("tls-cert", flag: tlsCert), settings.value("tls-key", flag: tlsKey)) {
    case (nil, nil): return nil
    case (let certificates?, let key?): return try TLSIdentity(.init(certificates: certificates, key: key))
    case (_?, nil): throw Failure(.usage, "--tls-cert needs --tls-key FILE, the certificate's key.")
    case (nil, _?): throw Failure(.usage, "--tls-key needs --tls-cert FILE, the key's certificate.")
    }
  }
}
