import CRdKafka

/// The librdkafka that this process has loaded.
public enum KafkaLibrary {
  /// Such as `2.0.2`.
  public static var version: String { String(cString: rd_kafka_version_str()) }
}
