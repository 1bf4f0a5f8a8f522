/// Prometheus' rules, made from the promises: a recording rule for each promise, alerts on the speed at which its budget of
/// errors burns (The Site Reliability Workbook, chapter 5: several windows, several speeds), and the plain alerts.
public struct PrometheusRules {
  private let levels: ServiceLevels
  private let scale: Double
  private let runbook: String

  /// How fast a budget of 30 days burns: at 14.4 times, an hour takes 2 % of it; at 6 times, six hours take 5 %; at 1 time, three
  /// days take 10 %. The short window ends the alert soon after the trouble has ended.
  private static let speeds: [(long: String, short: String, factor: Double, lasting: String, severity: String)] = [
    ("1h", "5m", 14.4, "2m", "page"), ("6h", "30m", 6, "15m", "page"), ("3d", "6h", 1, "1h", "ticket"),
  ]

  /// - Parameters:
  ///   - scale: 1 for use. Tests shorten every window, waiting time and interval by it, to seconds.
  ///   - runbook: what the anchors belong to.
  public init(_ levels: ServiceLevels, scale: Double = 1, runbook: String = "RUNBOOK.md") {
    self.levels = levels
    self.scale = scale
    self.runbook = runbook
  }

  /// The file's text.
  public var text: String {
    var out = "# Made by `wick governance rules` from governance/slo.yml; change that, not this.\ngroups:\n"
    out += "  - name: wick-promises\n    interval: \(interval)\n    rules:\n"
    for objective in levels.objectives { out += recording(objective) }
    out += "  - name: wick-budgets\n    interval: \(interval)\n    rules:\n"
    for objective in levels.objectives { out += burning(objective) }
    out += "  - name: wick-alerts\n    interval: \(interval)\n    rules:\n"
    for alert in levels.alerts { out += plain(alert) }
    return out
  }

  private var interval: String { PromDuration(seconds: 15).scaled(scale, least: 1).text }

  private func recording(_ objective: ServiceLevels.Objective) -> String {
    // A process that is down shows nothing, and then its promise is broken.
    let down = "max(up{job=\"\(objective.job)\"} == bool 0)"
    return """
            - record: wick_slo:bad:ratio
              expr: \(quoted("\(shortened(objective.bad)) or on() \(down)"))
              labels:
                slo: \(objective.name)

      """
  }

  private func burning(_ objective: ServiceLevels.Objective) -> String {
    Self.speeds.map { speed in
      let limit = Self.number(speed.factor * (100 - objective.objective) / 100)
      let expression = [speed.long, speed.short].map { window in
        "avg_over_time(wick_slo:bad:ratio{slo=\"\(objective.name)\"}[\(shortened(window: window))]) > \(limit)"
      }.joined(separator: " and ")
      return alert(
        "WickBudgetBurns", expression, lasting: speed.lasting, severity: speed.severity,
        labels: [("slo", objective.name), ("window", speed.long)],
        summary: "\(objective.promise) Its budget burns at \(Self.number(speed.factor)) times the speed it may.",
        runbook: objective.runbook)
    }.joined()
  }

  private func plain(_ one: ServiceLevels.Alert) -> String {
    alert(
      one.name, shortened(one.expr), lasting: one.for, severity: one.severity, labels: [], summary: one.summary,
      runbook: one.runbook)
  }

  private func alert(
    _ name: String, _ expression: String, lasting: String?, severity: String, labels: [(String, String)], summary: String,
    runbook section: String
  ) -> String {
    var out = "      - alert: \(name)\n        expr: \(quoted(expression))\n"
    if let lasting { out += "        for: \(shortened(window: lasting, least: 1))\n" }
    out += "        labels:\n          severity: \(severity)\n"
    for (name, value) in labels { out += "          \(name): \(value)\n" }
    out +=
      "        annotations:\n          summary: \(quoted(summary))\n          runbook_url: \(quoted("\(runbook)#\(section)"))\n"
    return out
  }

  // MARK: Times

  private func shortened(window: String, least: Double = 5) -> String {
    PromDuration(window)?.scaled(scale, least: least).text ?? window
  }

  /// Every `[5m]` in an expression, shortened.
  private func shortened(_ expression: String) -> String {
    guard scale != 1 else { return expression }
    var out = ""
    var rest = Substring(expression)
    while let open = rest.firstIndex(of: "["), let close = rest[open...].firstIndex(of: "]") {
      out += rest[...open] + shortened(window: String(rest[rest.index(after: open)..<close])) + "]"
      rest = rest[rest.index(after: close)...]
    }
    return out + rest
  }

  private func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
  }

  /// Six digits behind the point at most: what floating point adds is not meant.
  private static func number(_ value: Double) -> String {
    let rounded = (value * 1_000_000).rounded() / 1_000_000
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }
}
