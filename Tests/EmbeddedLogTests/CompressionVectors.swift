import Testing

@testable import EmbeddedKafka

/// Blocks made by the reference implementations (python-lz4 with liblz4, python-snappy with libsnappy, gzip, zstd), in
/// hexadecimal.
struct CompressionVector: CustomTestStringConvertible {
  var testDescription: String
  var codec: CompressionCodec
  var expected: [UInt8]
  var hex: String

  /// Lines of trades and a tail that hardly compresses.
  static let text: [UInt8] = {
    var bytes = Array(String(repeating: "trade,BTC-USDT,42000.01;", count: 5).utf8)
    var state = 7
    for _ in 0..<120 {
      state = (1_103_515_245 * state + 12345) & 0x7fff_ffff
      bytes.append(UInt8(0x61 + (state >> 16) & 3))
    }
    return bytes
  }()

  /// Longer than three blocks of 64 KiB.
  static let long = Array(
    String(repeating: String(repeating: "abcdefghij", count: 7) + "0123456789abcdef", count: 2400).utf8)

  static let raw: [UInt8] = [
    0x82, 0xb7, 0x0e, 0xee, 0x7f, 0x1a, 0x50, 0x39, 0xbe, 0xf0, 0x7e, 0xc2, 0x34, 0x7f, 0x06, 0x6e, 0xd0, 0x8f, 0x5d, 0xc7,
    0x51, 0x24, 0x47, 0xe3, 0x40, 0x43, 0x00, 0x02, 0x6b, 0x6e, 0x54, 0x55, 0x94, 0xa0, 0x65, 0x68, 0x5d, 0x64, 0xc4, 0x98,
    0x0b, 0xb8, 0xd4, 0x54, 0x4a, 0x87, 0x21, 0xa9, 0x9a, 0x01, 0xad, 0x21, 0x9e, 0xb5, 0x9c, 0xf6, 0xa1, 0x5e, 0xf6, 0xf1,
    0x5a, 0x1d, 0x83, 0x0b, 0xb7, 0xce, 0x09, 0xd6, 0xbb, 0xc0, 0x04, 0xe7, 0x17, 0x5c, 0x64, 0x3c, 0x7d, 0xec, 0xb0, 0xb5,
    0x80, 0xec, 0x37, 0xbc, 0x97, 0x12, 0xdd, 0x2e, 0x6a, 0xae, 0xb9, 0x4b, 0xae, 0x8d, 0x2f, 0x9f, 0xa2, 0x9c, 0x5a, 0x28,
  ]

  static let all = [
    CompressionVector(
      testDescription: "lz4 linked text", codec: .lz4, expected: text,
      hex: """
        04224d186040828a000000ff0974726164652c4254432d555344542c34323030302e30313b18004df10b61636163646263636262626463
        636263626363616164646362611600c16363636164646161616463610d005063626264621b002064612e00706161626161636406005061
        626361611d001164150030626364540010621600306163643800c061636261646461626363646200000000
        """),
    CompressionVector(
      testDescription: "lz4 independent, sums, size text", codec: .lz4, expected: text,
      hex: """
        04224d187c40f0000000000000001c8a000000ff0974726164652c4254432d555344542c34323030302e30313b18004df10b6163616364
        6263636262626463636263626363616164646362611600c16363636164646161616463610d005063626264621b002064612e0070616162
        6161636406005061626361611d001164150030626364540010621600306163643800c061636261646461626363646243f0513b00000000
        70b68111
        """),
    CompressionVector(
      testDescription: "snappy raw text", codec: .snappy, expected: text,
      hex: """
        f0015c74726164652c4254432d555344542c34323030302e30313bfe18007e180064616361636462636362626264636362636263636161
        646463626105162c636363616464616161646361050d106362626462011b046461012e18616162616163640106106162636161011d0064
        0515086263640154006201160861636401382c616362616464616263636462
        """),
    CompressionVector(
      testDescription: "snappy xerial text", codec: .snappy, expected: text,
      hex: """
        82534e4150505900000000010000000100000020645c74726164652c4254432d555344542c34323030302e30313bfe18002e1800000000
        6164b8652c4254432d555344542c34323030302e30313b61636163646263636262626463636263626363616164646362616401162c6363
        63616464616161646361050d1063626264620131046461012e4061616261616364616261616162636161620000002a289c646264646161
        62616162636462626264626263616161636463626264616362616464616263636462
        """),
    CompressionVector(
      testDescription: "gzip text", codec: .gzip, expected: text,
      hex: """
        1f8b0800000000000203b58cc10d80300c03172aa8207efc800d8001ec980550f7174e77404da3e4ecb8bdd053b66b1feef3b8ca32d75a
        c73aaded678e40881124e5ee17801444a7e1558251a02f368a2909e9065c9eddadfb5b5487746c7a93da9177c854658ef801165999c3f0
        000000
        """),
    CompressionVector(
      testDescription: "zstd text", codec: .zstd, expected: text,
      hex: """
        28b52ffd0458ad0200128811149029190e3ffa651ae1f720d327f4dfb5e1ee7e40e62dc98b9eab356a3631d65696cb722f6f8cdea992fe
        3ca9773fea9bbb018071186304081085c10182a1a020201292c242041004447970c96c07bd131ef5dbf3d1
        """),
    CompressionVector(
      testDescription: "lz4 linked long", codec: .lz4, expected: long,
      hex: """
        04224d184040c028010000af6162636465666768696a0a0029a23031323334353637383946000206000f5600ffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffff8c5066616263640a0100000ffcffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffe8506465666768270100002f696a0a0029a23031323334353637383946000206000f4c
        0023063c000f5600ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff545068696a616230000000
        0ffcffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff4e50626364656600000000
        """),
    CompressionVector(
      testDescription: "lz4 independent, sums, size long", codec: .lz4, expected: long,
      hex: """
        04224d187c4040260300000000006928010000af6162636465666768696a0a0029a23031323334353637383946000206000f5600ffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff8c5066616263640d45209a28010000af65666768696a
        616263640a0025a23031323334353637383946000206000f5600ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffff905064656667684f20dc782f010000af696a61626364656667680a0021a23031323334353637383946000206000f4c00
        23063c000f5600ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff545068696a6162eb4c181f54
        000000af636465666768696a61620a001da2303132333435363738393c000206000f4c0023063c000f5600ffffffffffffffffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffbd50626364656677a55b4b000000004feebed5
        """),
    CompressionVector(
      testDescription: "snappy raw long", codec: .snappy, expected: Array(long[..<8600]),
      hex: """
        9843246162636465666768696aee0a00243031323334353637383909460906fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600
        fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe
        5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe56
        00fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600
        fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe
        5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe56
        00fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600
        fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600ee5600
        """),
    CompressionVector(
      testDescription: "snappy xerial long", codec: .snappy, expected: Array(long[..<8600]),
      hex: """
        82534e41505059000000000100000001000000d8a01f246162636465666768696aee0a00243031323334353637383909460906fe5600fe
        5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe56
        00fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600
        fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe
        5600fe5600fe5600fe5600fe56000156000000dca01f2465666768696a616263643e0a002430313233343536373839091e09065e2e009e
        1e00fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe56
        00fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600
        fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe5600fe
        5600fe5600fe5600fe5600fe5600fe5600be560000000037d80424636465666768696a6162e60a00243031323334353637383909460906
        fe5600fe5600fe5600fe5600fe5600fe5600fe5600f65600
        """),
    CompressionVector(
      testDescription: "gzip long", codec: .gzip, expected: long,
      hex: """
        1f8b0800000000000203edccb90d80301000c196309fa19c33afdd7f010494408434d96a8389b2edc779ddb5c587ea523f8cd39c97f57d
        41a552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a
        954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a954
        2a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9
        542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552
        a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa5
        52a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954a
        a552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a95
        4aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a
        954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a954
        2a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9
        542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552
        a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa5
        52a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542a954aa552a9542af547ea03bb0d7f0540260300
        """),
    CompressionVector(
      testDescription: "zstd long", codec: .zstd, expected: long,
      hex: """
        28b52ffd04583c0100a06162636465666768696a30313233343536373839050061ff59c8f015863c21411206944a05094d000008690100
        3c26391002c29546bb
        """),
    CompressionVector(
      testDescription: "lz4 incompressible", codec: .lz4, expected: raw,
      hex: """
        04224d1868406400000000000000236400008082b70eee7f1a5039bef07ec2347f066ed08f5dc7512447e3404300026b6e545594a06568
        5d64c4980bb8d4544a8721a99a01ad219eb59cf6a15ef6f15a1d830bb7ce09d6bbc004e7175c643c7decb0b580ec37bc9712dd2e6aaeb9
        4bae8d2f9fa29c5a2800000000
        """),
    CompressionVector(
      testDescription: "snappy incompressible", codec: .snappy, expected: raw,
      hex: """
        64f06382b70eee7f1a5039bef07ec2347f066ed08f5dc7512447e3404300026b6e545594a065685d64c4980bb8d4544a8721a99a01ad21
        9eb59cf6a15ef6f15a1d830bb7ce09d6bbc004e7175c643c7decb0b580ec37bc9712dd2e6aaeb94bae8d2f9fa29c5a28
        """),
  ]
}
