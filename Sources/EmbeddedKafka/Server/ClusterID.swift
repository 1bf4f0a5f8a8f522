import CrashPoints
import Foundation

/// The id of the cluster, made at the first start and kept in the data directory: 16 random bytes as URL-safe base64, as Kafka
/// does.
enum ClusterID {
  static func loadOrCreate(in directory: String, _ disk: any Disk) throws(BrokerError) -> String {
    let path = directory + "/cluster-id"
    if let known = try DurableFile.read(path, disk) {
      guard known.utf8.count == 22 else {
        throw BrokerError(.damagedDataDirectory, "\(path) does not hold a cluster id; restore it from a backup")
      }
      return known
    }
    let bytes = withUnsafeBytes(of: UUID().uuid) { Data($0) }
    let text = bytes.base64EncodedString()
      .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
      .trimmingCharacters(in: CharacterSet(charactersIn: "="))
    CrashPoint.hit("broker.cluster-id")
    try DurableFile.write(text, to: path, disk)
    CrashPoint.hit("broker.cluster-id", .after)
    return text
  }
}
