import Foundation

/// A topic as it is kept in the data folder.
struct TopicMetadata: Equatable, Sendable {
  var name: String
  var id: UUID
  var partitionCount: Int32
  /// Settings given for this topic, by Kafka's names.
  var overrides: [String: String]
  /// Defaults with the overrides applied.
  var config: LogConfig
}

extension TopicMetadata {
  /// What is written to disk; the configuration follows from defaults and overrides.
  private struct Stored: Codable {
    var name: String
    var id: UUID
    var partitions: Int32
    var config: [String: String]
  }

  private static let format = "wick-topic 1"

  /// A line with format and CRC-32C, then JSON.
  func encoded() throws(LogError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    let stored = Stored(name: name, id: id, partitions: partitionCount, config: overrides)
    let json: [UInt8]
    do { json = [UInt8](try encoder.encode(stored)) } catch {
      throw LogError(.storage, "cannot encode the metadata of topic \(name)")
    }
    return Array("\(Self.format) \(CRC32C.checksum(json))\n".utf8) + json
  }

  /// Reads what `encoded` wrote. Nil where it is damaged.
  init?(_ bytes: [UInt8], defaults: LogConfig) throws(LogError) {
    guard let newline = bytes.firstIndex(of: 0x0a) else { return nil }
    let json = Array(bytes[(newline + 1)...])
    guard bytes[..<newline].elementsEqual("\(Self.format) \(CRC32C.checksum(json))".utf8),
      let stored = try? JSONDecoder().decode(Stored.self, from: Data(json))
    else { return nil }
    self.init(
      name: stored.name, id: stored.id, partitionCount: stored.partitions, overrides: stored.config,
      config: try defaults.applying(stored.config))
  }

  /// Kafka's rule: 1 to 249 of letters, digits, dot, underscore and hyphen, and neither `.` nor `..`.
  static func checkName(_ name: String) throws(LogError) {
    let isLegal = name.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x2e
        || byte == 0x5f || byte == 0x2d
    }
    guard isLegal, !name.isEmpty, name.utf8.count <= 249, name != ".", name != ".." else {
      throw LogError(.invalidTopic, "a topic's name is 1 to 249 of letters, digits, '.', '_' and '-'")
    }
  }
}
