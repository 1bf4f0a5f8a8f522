import Foundation

/// Certificates and keys in a folder of their own, made by OpenSSL's program.
public final class TestCertificates: Sendable {
  public struct Broken: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
  }

  /// A certificate and its key, as files.
  public struct Pair: Sendable {
    public var certificate: String
    public var key: String

    public init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  public let folder: URL
  public static let openssl = "/usr/bin/openssl"
  /// Tests that need the program are skipped with their reason where it is not.
  public static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: openssl) }

  public init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("wick-certificates-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    do { try FileManager.default.removeItem(at: folder) } catch { print("left \(folder.path) behind: \(error)") }
  }

  public func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  @discardableResult
  public func openssl(_ arguments: [String], input: String = "") throws -> String {
    let answer = try OtherProgram.run(Self.openssl, arguments, input: input)
    guard answer.code == 0 else { throw Broken("openssl \(arguments.joined(separator: " ")): \(answer.output)") }
    return answer.output
  }

  private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]

  /// A certificate for 127.0.0.1 and localhost that signs itself.
  public func selfSigned(_ name: String, _ more: [String] = []) throws -> Pair {
    let pair = Pair(certificate: path("\(name).pem"), key: path("\(name).key"))
    try openssl(
      ["req", "-x509"] + Self.newKey + [
        "-keyout", pair.key, "-out", pair.certificate, "-subj", "/CN=\(name)", "-days", "2",
        "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
      ] + more)
    return pair
  }

  /// A certificate for 127.0.0.1 below one in the middle, both in its file, and the root that clients trust.
  public func chain(_ name: String) throws -> (server: Pair, root: String) {
    let root = try authority("\(name)-root", below: nil)
    let middle = try authority("\(name)-middle", below: root)
    let leaf = Pair(certificate: path("\(name).pem"), key: path("\(name).key"))
    try sign(leaf, "/CN=\(name)", "subjectAltName=IP:127.0.0.1", by: middle)
    let texts = try [leaf, middle].map { try String(contentsOfFile: $0.certificate, encoding: .utf8) }
    try texts.joined().write(toFile: leaf.certificate, atomically: true, encoding: .utf8)
    return (leaf, root.certificate)
  }

  private func authority(_ name: String, below parent: Pair?) throws -> Pair {
    guard let parent else { return try selfSigned(name) }
    let pair = Pair(certificate: path("\(name).pem"), key: path("\(name).key"))
    try sign(pair, "/CN=\(name)", "basicConstraints=critical,CA:TRUE", by: parent)
    return pair
  }

  private func sign(_ pair: Pair, _ subject: String, _ extensions: String, by parent: Pair) throws {
    let (request, file) = (path("request.csr"), path("extensions.cnf"))
    try openssl(["req", "-new"] + Self.newKey + ["-keyout", pair.key, "-out", request, "-subj", subject])
    try (extensions + "\n").write(toFile: file, atomically: true, encoding: .utf8)
    try openssl([
      "x509", "-req", "-in", request, "-CA", parent.certificate, "-CAkey", parent.key, "-CAcreateserial", "-days", "2",
      "-extfile", file, "-out", pair.certificate,
    ])
  }
}
