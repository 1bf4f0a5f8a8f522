import Logging
import NIOCore

extension BrokerCore {
  /// Works on one request; the outcome may come later, for a parked Fetch, JoinGroup or SyncGroup. Blocks on the disk.
  ///
  /// A request whose body cannot be decoded closes its connection.
  func handle(_ call: Call, on loop: any EventLoop) {
    do throws(WireError) {
      try route(call, loop)
    } catch {
      logger.debug(
        "undecodable request, connection closed",
        metadata: ["key": "\(call.header.key)", "version": "\(call.version)", "error": "\(error)"])
      call.deliver(.close)
    }
  }

  private func route(_ call: Call, _ loop: any EventLoop) throws(WireError) {
    let version = call.version
    switch call.header.key {
    case .produce: try produce(call)
    case .fetch: try fetch(call, on: loop)
    case .joinGroup: try joinGroup(call)
    case .syncGroup: try syncGroup(call)
    case .apiVersions: try apiVersions(call)
    case .metadata: try call.respond(MetadataRequest.self) { metadata($0, version) }
    case .listOffsets: try call.respond(ListOffsetsRequest.self) { listOffsets($0, version) }
    case .offsetForLeaderEpoch: try call.respond(OffsetForLeaderEpochRequest.self) { offsetForLeaderEpoch($0) }
    case .deleteRecords: try call.respond(DeleteRecordsRequest.self) { deleteRecords($0) }
    case .describeCluster: try call.respond(DescribeClusterRequest.self) { _ in describeCluster() }
    default: try routeCoordination(call, version)
    }
  }

  private func routeCoordination(_ call: Call, _ version: Int16) throws(WireError) {
    switch call.header.key {
    case .findCoordinator: try call.respond(FindCoordinatorRequest.self) { findCoordinator($0) }
    case .initProducerId: try call.respond(InitProducerIdRequest.self) { initProducerID($0, version) }
    case .addPartitionsToTxn: try call.respond(AddPartitionsToTxnRequest.self) { addPartitionsToTxn($0, version) }
    case .addOffsetsToTxn: try call.respond(AddOffsetsToTxnRequest.self) { addOffsetsToTxn($0, version) }
    case .endTxn: try call.respond(EndTxnRequest.self) { endTxn($0, version) }
    case .txnOffsetCommit: try call.respond(TxnOffsetCommitRequest.self) { txnOffsetCommit($0) }
    case .heartbeat: try call.respond(HeartbeatRequest.self) { heartbeat($0) }
    case .leaveGroup: try call.respond(LeaveGroupRequest.self) { leaveGroup($0, version) }
    case .offsetCommit: try call.respond(OffsetCommitRequest.self) { offsetCommit($0) }
    case .offsetFetch: try call.respond(OffsetFetchRequest.self) { offsetFetch($0, version) }
    default: try routeAdministration(call)
    }
  }

  private func routeAdministration(_ call: Call) throws(WireError) {
    switch call.header.key {
    case .describeGroups: try call.respond(DescribeGroupsRequest.self) { describeGroups($0) }
    case .listGroups: try call.respond(ListGroupsRequest.self) { _ in listGroups() }
    case .deleteGroups: try call.respond(DeleteGroupsRequest.self) { deleteGroups($0) }
    case .offsetDelete: try call.respond(OffsetDeleteRequest.self) { offsetDelete($0) }
    case .createTopics: try call.respond(CreateTopicsRequest.self) { createTopics($0) }
    case .deleteTopics: try call.respond(DeleteTopicsRequest.self) { deleteTopics($0) }
    case .createPartitions: try call.respond(CreatePartitionsRequest.self) { createPartitions($0) }
    case .describeConfigs: try call.respond(DescribeConfigsRequest.self) { describeConfigs($0) }
    case .alterConfigs: try call.respond(AlterConfigsRequest.self) { alterConfigs($0) }
    case .incrementalAlterConfigs: try call.respond(IncrementalAlterConfigsRequest.self) { incrementalAlterConfigs($0) }
    case .describeProducers: try call.respond(DescribeProducersRequest.self) { describeProducers($0) }
    case .describeTransactions: try call.respond(DescribeTransactionsRequest.self) { describeTransactions($0) }
    case .listTransactions: try call.respond(ListTransactionsRequest.self) { listTransactions($0) }
    default: throw .unsupported(key: call.header.key.rawValue, version: call.version)
    }
  }

  /// The version table; an unknown version of the request itself is answered in version 0 (KIP-511).
  private func apiVersions(_ call: Call) throws(WireError) {
    var response = ApiVersionsResponse()
    response.keys = ApiVersionRange.all.map { range in
      var key = ApiVersionsResponse.Key()
      key.key = range.key.rawValue
      key.min = range.min
      key.max = range.max
      return key
    }
    guard let range = ApiVersionRange.of(.apiVersions), call.version >= range.min, call.version <= range.max else {
      response.errorCode = ErrorCode.unsupportedVersion.rawValue
      let frame = try ApiVersionsRequest.frame(response, version: 0, correlationID: call.header.correlationID)
      return call.deliver(.response(frame))
    }
    _ = try call.decode(ApiVersionsRequest.self)
    call.answer(ApiVersionsRequest.self, response)
  }
}
