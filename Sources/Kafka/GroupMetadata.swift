import CRdKafka

/// A consumer's membership at one moment: group, member and generation, by which the cluster fences offsets of a stale owner.
///
/// Short-lived: take it anew for every transaction. Belongs to one thread at a time.
public final class GroupMetadata {
  let pointer: OpaquePointer

  init(owning pointer: OpaquePointer) { self.pointer = pointer }

  deinit { rd_kafka_consumer_group_metadata_destroy(pointer) }
}
