import Kafka
import Testing

@Suite struct AdminTests {
  @Test func `topics are created once, described and deleted`() async throws {
    try await TestCluster.blocking {
      let admin = try Admin(TestCluster.configuration())
      let name = TestCluster.uniqueName("admin")
      #expect(try admin.partitions(of: name) == nil)
      try admin.create([TopicSpecification(name, partitions: 3)])
      try admin.create([TopicSpecification(name, partitions: 5)])
      #expect(try admin.partitions(of: name)?.count == 3)
      #expect(try admin.topics()[name] == 3)
      try admin.delete(topics: [name])
      try admin.delete(topics: [name])
      #expect(try admin.partitions(of: name) == nil)
    }
  }

  @Test func `a topic's settings are those it was created with`() async throws {
    try await TestCluster.blocking {
      let admin = try Admin(TestCluster.configuration())
      let name = TestCluster.uniqueName("compacted")
      try admin.create([TopicSpecification(name, partitions: 1, settings: ["cleanup.policy": "compact"])])
      #expect(try admin.settings(ofTopic: name)["cleanup.policy"] == "compact")
      try admin.delete(topics: [name])
    }
  }

  @Test func `groups are listed and deleted`() async throws {
    try await TestCluster.blocking {
      try TestCluster.withTopic("groups") { name in
        let admin = try Admin(TestCluster.configuration())
        let group = TestCluster.uniqueName("group")
        let consumer = try Consumer(TestCluster.configuration(), .init(groupID: group))
        try consumer.commit([TopicPartition(name, 0): 0])
        try consumer.close()
        #expect(try admin.groups().contains(group))
        try admin.delete(groups: [group])
        try admin.delete(groups: [group])
        #expect(try !admin.groups().contains(group))
      }
    }
  }

  @Test func `an impossible topic name is bad input`() async throws {
    try await TestCluster.blocking {
      let admin = try Admin(TestCluster.configuration())
      let error = #expect(throws: KafkaError.self) { try admin.create([TopicSpecification("", partitions: 1)]) }
      #expect(error?.recovery == .badInput)
    }
  }

  @Test func `a cluster that is not there is unavailable`() async throws {
    try await TestCluster.blocking {
      let admin = try Admin(TestCluster.nowhere(), timeout: .milliseconds(300))
      let errors = [
        #expect(throws: KafkaError.self) { try admin.clusterID() },
        #expect(throws: KafkaError.self) { try admin.topics() },
      ]
      #expect(errors.map(\.?.recovery) == [.unavailable, .unavailable])
    }
  }
}
