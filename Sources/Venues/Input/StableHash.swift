/// FNV-1a, 64 bits: the same in every process and on every machine, unlike Swift's own hashing. Not for keys an attacker chooses.
public enum StableHash {
  public static func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var h: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { h = (h ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return h
  }
}
