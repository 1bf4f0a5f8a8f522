import Contracts
import Foundation
import Kafka

/// The topics and the registered contract that trades are sent under.
struct TradeContract {
  let schema: AvroSchema
  let id: Int32

  /// Creates what topics are missing and registers the contract; refuses when it is incompatible with what the registry holds.
  static func prepare(_ configuration: IngestConfiguration) throws(IngestError) -> TradeContract {
    try createTopics(configuration)
    let subject = "\(configuration.topic)-value"
    let path = "\(configuration.contracts)/trades.raw-value/1.avsc"
    guard let json = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw IngestError(.badInput, "The contract \(path) cannot be read; name its folder with --contracts.")
    }
    do throws(ContractError) {
      let schema = try AvroSchema(json: json)
      let registry = try SchemaRegistryClient(urls: configuration.registry)
      return TradeContract(schema: schema, id: try registry.register(schema, under: subject))
    } catch {
      throw IngestError(error)
    }
  }

  private static func createTopics(_ configuration: IngestConfiguration) throws(IngestError) {
    do throws(KafkaError) {
      let admin = try Admin(configuration.kafka, timeout: .seconds(10))
      defer { admin.close() }
      try admin.create([
        // Trades are the truth everything else is rebuilt from; how long to keep them is for the operator to say.
        TopicSpecification(configuration.topic, partitions: configuration.partitions, settings: ["retention.ms": "-1"]),
        TopicSpecification(configuration.invalidTopic, partitions: configuration.partitions, settings: ["retention.ms": "-1"]),
        TopicSpecification(configuration.positionsTopic, partitions: 1, settings: ["cleanup.policy": "compact"]),
      ])
    } catch {
      throw IngestError(error)
    }
  }
}
