import Kafka
import Logging

/// Looks after a lake every so often, beside the sink that fills it, on a thread of its own.
final class MaintenanceThread: Sendable {
  private let stop = StopHandle()
  private let thread: BlockingThread<Void>

  /// - Parameter every: from the end of one round to the beginning of the next.
  init(lake: String, _ options: MaintenanceOptions, every: Duration, logger: Logger) {
    let stop = stop
    thread = BlockingThread(name: "maintenance", stackSize: 4 << 20) {
      while true {
        stop.pause(milliseconds: Int(every / .milliseconds(1)))
        guard !stop.isStopped else { return }
        // The sink goes on whatever becomes of this: a lake that is not kept small is slow, not wrong.
        do {
          for report in try LakeMaintenance(LakeStore(folder: lake), options, logger: logger).run() {
            for note in report.notes {
              logger.notice("maintenance left something undone", metadata: ["table": "\(report.table)", "reason": "\(note)"])
            }
          }
        } catch {
          logger.warning("maintenance of the lake failed; it is tried again later", metadata: ["error": "\(error)"])
        }
      }
    }
  }

  /// Returns when the round under way has ended.
  func end() {
    stop.stop()
    // What went wrong in a round has been told.
    _ = try? thread.join()
  }
}
