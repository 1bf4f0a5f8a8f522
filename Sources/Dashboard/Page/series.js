// Candles of one market and interval in the order of their start; a candle that comes again takes the place of the first.

export class Series {
  candles = [];

  /** How many candles are kept: a tab left open for a day stays small. */
  static limit = 20_000;

  get first() { return this.candles[0]; }
  get last() { return this.candles[this.candles.length - 1]; }

  replace(list) {
    this.candles = [];
    this.merge(list);
  }

  merge(list) {
    for (const raw of list) {
      const candle = decode(raw);
      const at = this.indexOf(candle.start);
      if (this.candles[at]?.start === candle.start) {
        // What is closed is not opened again by an update that was under way.
        if (!this.candles[at].final || candle.final) this.candles[at] = candle;
      } else {
        this.candles.splice(at, 0, candle);
      }
    }
    if (this.candles.length > Series.limit) this.candles.splice(0, this.candles.length - Series.limit);
  }

  /** Index of the first candle that does not start before `time`. */
  indexOf(time) {
    let [low, high] = [0, this.candles.length];
    // New candles come at the end.
    if (high && this.candles[high - 1].start < time) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.candles[middle].start < time) low = middle + 1; else high = middle;
    }
    return low;
  }
}

/** Numbers are for drawing; what is shown is the server's own text. */
function decode(raw) {
  const number = (text) => (text === null || text === undefined ? NaN : Number(text));
  return {
    raw, start: raw.start, end: raw.end, final: raw.final !== false,
    open: number(raw.open), high: number(raw.high), low: number(raw.low), close: number(raw.close),
    volume: number(raw.volume), vwap: number(raw.vwap),
  };
}
