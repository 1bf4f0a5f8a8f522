#if canImport(Glibc)
  import Glibc
#endif

/// How many files and connections this process may have open.
public enum OpenFiles {
  /// Raises the limit as far as the system lets this process: what is set at first, often 1,024, is for programs that use
  /// `select`, and less than the connections that a server bears.
  public static func raiseLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = min(limit.rlim_max, max(limit.rlim_cur, 65_536))
    // Where it may not, the limit stays as it is.
    _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
