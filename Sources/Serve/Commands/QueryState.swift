import Kafka
import SQL

/// What a persistent query does now, as the cluster sees it: no process is asked to remember.
public enum QueryState: String, Hashable, Sendable {
  /// Members of its consumer group hold partitions.
  case running = "RUNNING"
  /// The group is handing out its partitions.
  case rebalancing = "REBALANCING"
  /// It was asked to pause, and nobody runs it.
  case paused = "PAUSED"
  /// It should run, and nobody runs it: no worker was started, or all have gone.
  case unresponsive = "UNRESPONSIVE"

  init(_ group: GroupState?, isPaused: Bool) {
    let members = group?.members ?? []
    if members.contains(where: { !$0.isEmpty }) {
      self = .running
    } else if !members.isEmpty, group?.name.hasSuffix("Rebalance") ?? false {
      self = .rebalancing
    } else {
      self = isPaused ? .paused : .unresponsive
    }
  }
}

extension ControlState.Query {
  /// The application that runs it: queries of the files share the workers' own, those of the prompt have one each, so that
  /// each can end, pause and go on without the others.
  public func application(of workers: String) -> String {
    isFromFile ? workers : "\(workers)-\(id)"
  }
}

extension QueryService {
  /// Every persistent query with its state. Blocks.
  func queryStates() throws -> [(ControlState.Query, QueryState)] {
    let queries = control.state.queries
    let groups = Set(queries.map { $0.application(of: configuration.application) }).sorted()
    let states = try withAdmin { try $0.states(ofGroups: groups) }
    let byID = Dictionary(states.map { ($0.id, $0) }) { a, _ in a }
    return queries.map { ($0, QueryState(byID[$0.application(of: configuration.application)], isPaused: $0.isPaused)) }
  }
}
