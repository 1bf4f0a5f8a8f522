import Market
import Testing

@testable import Venues

@Suite struct TradeParserTests {
  /// Parses one line and gives the outcome with the trades.
  private func parse(_ text: String, _ format: TradeFormat, symbol: String = "BTC-USDT") -> (LineOutcome, [Trade]) {
    parse(Array(text.utf8), format, symbol: symbol)
  }

  private func parse(_ bytes: [UInt8], _ format: TradeFormat, symbol: String = "BTC-USDT") -> (LineOutcome, [Trade]) {
    var parser = TradeParser(format: format, venue: "binance", symbol: symbol, receivedNow: 7)
    var trades: [Trade] = []
    let outcome = bytes.withUnsafeBufferPointer { parser.parse($0, into: &trades) }
    return (outcome, trades)
  }

  @Test func `a row of a capture becomes a trade, exactly`() {
    let (outcome, trades) = parse(
      "1723161254087896568,spot,BTCUSDT,3735683259,61837.63000000,0.02000000,1723161255342,1723161255343,1", .captureCSV)
    #expect(outcome == .trades(1))
    #expect(
      trades == [
        Trade(
          venue: "binance", symbol: "BTC-USDT", tradeID: 3_735_683_259, price: 6_183_763_000_000, quantity: 2_000_000,
          takerSide: .sell,
          eventTime: 1_723_161_255_342_000, receivedTime: 1_723_161_254_087_896)
      ])
  }

  @Test(arguments: [
    ("1723161254087896568,spot,BTCUSDT,1,61837.63,0.02,1723161255342,1723161255343", RejectReason.fieldCount),
    ("1723161254087896568,spot,BTCUSDT,1,61837.63,0.02,1723161255342,1723161255343,1,", .fieldCount),
    ("1723161254087896568,spot,BTCUSDT,1,abc,0.02,1723161255342,1723161255343,1", .badPrice),
    ("1723161254087896568,spot,BTCUSDT,1,0,0.02,1723161255342,1723161255343,1", .badPrice),
    ("1723161254087896568,spot,BTCUSDT,1,-1,0.02,1723161255342,1723161255343,1", .negativePrice),
    ("1723161254087896568,spot,BTCUSDT,1,1.123456789,0.02,1723161255342,1723161255343,1", .badPrice),
    ("1723161254087896568,spot,BTCUSDT,1,99999999999,0.02,1723161255342,1723161255343,1", .badPrice),
    ("1723161254087896568,spot,BTCUSDT,1,1,-0.02,1723161255342,1723161255343,1", .negativeQuantity),
    ("1723161254087896568,spot,BTCUSDT,1,1,,1723161255342,1723161255343,1", .badQuantity),
    ("1723161254087896568,spot,BTCUSDT,x,1,1,1723161255342,1723161255343,1", .badTradeID),
    ("1723161254087896568,spot,BTCUSDT,-5,1,1,1723161255342,1723161255343,1", .badTradeID),
    ("1723161254087896568,spot,BTCUSDT,1,1,1,1723161255,1723161255343,1", .timeUnit),
    ("1723161254087896568,spot,BTCUSDT,1,1,1,1723161255342000,1723161255343,1", .timeUnit),
    ("1723161254087896568,spot,BTCUSDT,1,1,1,-1723161255342,1723161255343,1", .badTime),
    ("1723161254087896568,spot,BTCUSDT,1,1,1,yesterday,1723161255343,1", .badTime),
    ("1723161254087896568,coinm,BTCUSDT,1,1,1,1723161255342,1723161255343,1", .badMarket),
    ("1723161254087896568,spot,BTC!,1,1,1,1723161255342,1723161255343,1", .badSymbol),
    ("1723161254087896568,spot,BTCUSDT,1,1,1,1723161255342,1723161255343,maybe", .badSide),
  ])
  func `a bad row is rejected with its reason and adds nothing`(line: String, reason: RejectReason) {
    let (outcome, trades) = parse(line, .captureCSV)
    #expect(outcome == .rejected(reason))
    #expect(trades.isEmpty)
  }

  @Test func `invalid UTF-8 is a reject of its own`() {
    let line = Array("1723161254087896568,spot,BTC".utf8) + [0xff, 0xfe] + Array(",1,1,1,1723161255342,1723161255343,1".utf8)
    #expect(parse(line, .captureCSV).0 == .rejected(.invalidUTF8))
  }

  @Test func `a bulk file keeps to the unit of its first line`() {
    var parser = TradeParser(format: .binanceBulk, venue: "binance", symbol: "BTC-USDT", receivedNow: 7)
    var trades: [Trade] = []
    func feed(_ text: String) -> LineOutcome { Array(text.utf8).withUnsafeBufferPointer { parser.parse($0, into: &trades) } }
    #expect(feed("id,price,qty,quote_qty,time,is_buyer_maker") == .ignored)
    #expect(feed("11,100.5,2,201,1735689600000123,true,true") == .trades(1))
    #expect(feed("12,100.5,2,201,1735689600000,true,true") == .rejected(.timeUnit))
    #expect(feed("13,100.5,2,201,1735689600000999,False") == .trades(1))
    #expect(trades.map(\.eventTime) == [1_735_689_600_000_123, 1_735_689_600_000_999])
    #expect(trades.map(\.takerSide) == [.sell, .buy])
    #expect(trades.map(\.receivedTime) == [7, 7])
  }

  @Test func `Binance messages give spot and futures trades, and skip what is no market trade`() {
    let spot =
      #"1723161254087896568 {"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}"#
    let usdm =
      #"{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161256322,"T":1723161256321,"s":"BTCUSDT","t":9,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}"#
    #expect(parse(spot, .webSocket).1.first?.venue == "binance")
    #expect(parse(spot, .webSocket).1.first?.receivedTime == 1_723_161_254_087_896)
    let future = parse(usdm, .webSocket).1.first
    #expect(future?.venue == "binance-usdm")
    #expect(future?.takerSide == .buy)
    #expect(future?.receivedTime == 1_723_161_256_322_000)
    let fund = usdm.replacing("MARKET", with: "INSURANCE_FUND").replacing("61800.30", with: "0")
    #expect(parse(fund, .webSocket).0 == .ignored)
    #expect(parse(#"{"lastUpdateId":5,"bids":[["1","2"]],"asks":[]}"#, .webSocket).0 == .ignored)
    #expect(parse(#"{"result":null,"id":1}"#, .webSocket).0 == .ignored)
  }

  @Test func `Coinbase names the maker's side, so the taker is the other one`() {
    let line =
      #"{"type":"match","trade_id":280232,"maker_order_id":"a","taker_order_id":"b","side":"sell","size":"985","price":"0.00001305","product_id":"SKL-BTC","sequence":177100030,"time":"2021-04-17T16:43:37.089723Z"}"#
    let (outcome, trades) = parse(line, .webSocket)
    #expect(outcome == .trades(1))
    #expect(trades.first?.takerSide == .buy)
    #expect(trades.first?.price == 1305)
    #expect(trades.first?.eventTime == 1_618_677_817_089_723)
    #expect(trades.first?.symbol == "SKL-BTC")
  }

  @Test func `Kraken sends numbers, and several trades in one message`() {
    let line =
      #"{"channel":"trade","type":"update","data":[{"symbol":"ETH/USD","side":"buy","price":1774.14,"qty":0.00147959,"ord_type":"limit","trade_id":64175815,"timestamp":"2026-07-07T23:00:04.585581Z"},{"symbol":"BTC/USD","side":"sell","price":6e4,"qty":1,"trade_id":7,"timestamp":"2026-07-07T23:00:05Z"}]}"#
    let (outcome, trades) = parse(line, .webSocket)
    #expect(outcome == .trades(2))
    #expect(trades.map(\.price) == [177_414_000_000, 6_000_000_000_000])
    #expect(trades.map(\.symbol) == ["ETH-USD", "BTC-USD"])
  }

  @Test(arguments: [
    "{", "{}}", #"{"a":1,}"#, #"{"a":1 "b":2}"#, #"{"a" 1}"#, "[1,2]", #"{"e":"trade"}"#, "12 {\"a\":tru}",
    #"{"e":"trade","s":"BTCUSDT","t":1}"#, String(repeating: "[", count: 100_000),
  ])
  func `broken messages are rejects`(line: String) {
    guard case .rejected = parse(line, .webSocket).0 else {
      Issue.record("accepted: \(line.prefix(60))")
      return
    }
  }

  @Test(arguments: [
    ("BTCUSDT", "BTC-USDT"), ("btcusdt", "BTC-USDT"), ("ETHBTC", "ETH-BTC"), ("BTC-USD", "BTC-USD"), ("XBT/USD", "XBT-USD"),
    ("BTCFDUSD", "BTC-FDUSD"), ("1000PEPEUSDT", "1000PEPE-USDT"),
  ])
  func `symbols become canonical`(raw: String, canonical: String) {
    #expect(SymbolTable.canonical(raw) == canonical)
  }

  @Test(arguments: ["", "X", "USDT", "-USD", "BTC-", "A-B-C", "BTC USDT", "ÄÖUSDT", "WHATEVER"])
  func `what is no symbol stays out`(raw: String) {
    #expect(SymbolTable.canonical(raw) == nil)
  }
}
