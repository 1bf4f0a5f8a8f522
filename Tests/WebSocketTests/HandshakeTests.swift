import Testing

@testable import WebSocket

@Suite struct `The opening handshake` {
  @Test func `a key is answered as the standard's example is`() {
    #expect(Handshake.accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
  }

  @Test(arguments: ["", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=-", "dGhlIHNhbXBsZSBub25jZ\u{e9}==", "AA=="])
  func `what is not 16 bytes in Base64 is no key`(key: String) { #expect(Handshake.accept(key) == nil) }

  @Test func `lists of tokens are read whatever their spaces and case`() {
    #expect(Handshake.has("upgrade", in: "keep-alive, Upgrade"))
    #expect(!Handshake.has("upgrade", in: "upgraded"))
    #expect(!Handshake.has("upgrade", in: nil))
    #expect(Handshake.tokens(" a ,b,\tc d") == ["a", "b", "c"])
  }
}
