import Yams

/// What the system promises, as `governance/slo.yml` says.
public struct ServiceLevels: Decodable, Hashable, Sendable {
  /// One promise about a share of the time.
  public struct Objective: Decodable, Hashable, Sendable {
    public var name: String
    /// One sentence for people.
    public var promise: String
    /// Per cent of the time in which the promise holds, below 100.
    public var objective: Double
    /// PromQL that is 1 while the promise is broken, 0 while it holds, and in between where only a share of requests broke it.
    public var bad: String
    /// The scrape job that must be up for it; while it is down the promise counts as broken.
    public var job: String
    /// The anchor of the runbook's section.
    public var runbook: String
  }

  /// One thing to be told of, whatever the budgets say.
  public struct Alert: Decodable, Hashable, Sendable {
    public var name: String
    public var summary: String
    public var expr: String
    /// How long it must last; nil tells at once.
    public var `for`: String?
    public var severity: String
    public var runbook: String
  }

  public var objectives: [Objective]
  public var alerts: [Alert]

  /// - Throws: `GovernanceError` naming what is wrong with the text.
  public init(yaml text: String) throws(GovernanceError) {
    do { self = try YAMLDecoder().decode(ServiceLevels.self, from: text) } catch {
      throw GovernanceError("The promises cannot be read: \(error)", advice: "Compare them with governance/slo.yml")
    }
    try check()
  }

  private func check() throws(GovernanceError) {
    var names: Set<String> = []
    for name in objectives.map(\.name) + alerts.map(\.name) where !names.insert(name).inserted {
      throw GovernanceError("\(name) is promised twice", advice: "Give each a name of its own")
    }
    for objective in objectives {
      guard objective.objective > 0, objective.objective < 100 else {
        throw GovernanceError(
          "\(objective.name) promises \(objective.objective) %", advice: "Promise less than 100 %, or make it an alert")
      }
      guard !objective.name.isEmpty, objective.name.allSatisfy({ $0.isASCII && ($0.isLowercase || $0 == "_") }) else {
        throw GovernanceError("\(objective.name) is no name", advice: "Use small letters and underscores")
      }
    }
    for alert in alerts {
      guard ["page", "ticket"].contains(alert.severity) else {
        throw GovernanceError("\(alert.name) is a \(alert.severity)", advice: "An alert is a page or a ticket")
      }
      if let lasting = alert.for, PromDuration(lasting) == nil {
        throw GovernanceError("\(alert.name) lasts \(lasting)", advice: "Write a time such as 2m")
      }
    }
  }
}
