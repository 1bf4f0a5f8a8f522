/// What SHOW or LIST lists.
public enum ShowSubject: String, Hashable, Sendable, CaseIterable {
  case streams = "STREAMS"
  case tables = "TABLES"
  case queries = "QUERIES"
  case topics = "TOPICS"
  /// SHOW ALL TOPICS: those of the engine itself too.
  case allTopics = "ALL TOPICS"
  case functions = "FUNCTIONS"
  case properties = "PROPERTIES"
  case variables = "VARIABLES"
}

/// What TERMINATE, PAUSE and RESUME do to a query.
public enum ControlVerb: String, Hashable, Sendable, CaseIterable {
  case terminate = "TERMINATE"
  case pause = "PAUSE"
  case resume = "RESUME"
}
