/// Addresses of a registry.
enum RegistryAddress {
  /// The base addresses of a comma-separated list, with `http://` where no scheme is given and without a final slash.
  static func parse(_ urls: [String]) throws(ContractError) -> [String] {
    let parts = urls.flatMap { $0.split(separator: ",") }.map { part in
      var text = String(part.drop { $0 == " " })
      while let last = text.last, last == "/" || last == " " { text.removeLast() }
      return text.contains("://") ? text : "http://" + text
    }
    guard !parts.isEmpty else {
      throw ContractError(.badInput, "No address of a Schema Registry is given", advice: "Pass --registry host:port")
    }
    for part in parts where !part.hasPrefix("http://") && !part.hasPrefix("https://") {
      throw ContractError(.badInput, "'\(withoutPassword(part))' is no HTTP address", advice: "Write http://host:port")
    }
    return parts
  }

  /// The address as it may be shown: without user and password.
  static func withoutPassword(_ url: String) -> String {
    guard let scheme = url.firstRange(of: "://") else { return url }
    let rest = url[scheme.upperBound...]
    let authorityEnd = rest.firstIndex(of: "/") ?? rest.endIndex
    guard let at = rest[..<authorityEnd].lastIndex(of: "@") else { return url }
    return String(url[..<scheme.upperBound] + rest[rest.index(after: at)...])
  }

  /// Percent-encodes one path segment (RFC 3986): a subject may hold any character.
  static func escape(_ segment: String) -> String {
    var out = ""
    for byte in segment.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: out.append(Character(Unicode.Scalar(byte)))
      default:
        let hex = String(byte, radix: 16, uppercase: true)
        out += hex.utf8.count == 1 ? "%0\(hex)" : "%\(hex)"
      }
    }
    return out
  }
}
