extension PartitionLog {
  /// Not yet.
  func compact(nowMs: Int64) throws(LogError) {}
}
