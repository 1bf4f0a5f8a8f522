extension WindowPlan {
  /// The window that the keys of an aggregation carry; nil without windows.
  public var keyWindow: KeyWindow? {
    switch self {
    case .unbounded: nil
    case .session: .session
    case .time(let window): .time(size: window.size, isHopping: !window.isTumbling)
    }
  }
}

extension QueryPlan {
  /// The window that the sink's keys carry.
  public var keyWindow: KeyWindow? { sink.window ?? aggregation?.window.keyWindow }
}
