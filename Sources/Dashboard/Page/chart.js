// A candlestick chart on a canvas: time runs to the right at one interval per bar, so that a missing candle is a gap one sees.

import { priceTicks, timeTicks, moment, short } from '/scale.js';

const AXIS = { right: 74, bottom: 24, top: 8 };
const BAR = { least: 2, most: 60 };

export class Chart {
  #canvas; #context; #handlers; #size = { width: 0, height: 0 };
  #bar = 9; #end = 0; #follows = true; #pointer; #chosen; #drag; #pinch; #isDue = false; #colours = {};

  /** handlers: onCandle(candle or undefined), onChosen(candle), onOlder(). */
  constructor(canvas, series, handlers) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
    this.#handlers = handlers;
    this.series = series;
    this.interval = 60_000;
    new ResizeObserver(() => this.#resize()).observe(canvas);
    this.#listen();
    this.restyle();
  }

  /** Reads the colours of the page again. */
  restyle() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ['panel', 'line', 'text', 'dim', 'up', 'down', 'vwap', 'accent', 'volume']) {
      this.#colours[name] = style.getPropertyValue(`--${name}`).trim();
    }
    this.draw();
  }

  /** Shows another series from its newest candle on. */
  show(series, interval) {
    this.series = series;
    this.interval = interval;
    this.newest();
  }

  newest() {
    this.#follows = true;
    this.#chosen = undefined;
    this.draw();
  }

  zoom(factor, at = this.#plotWidth) {
    const time = this.#time(at);
    this.#bar = Math.min(BAR.most, Math.max(BAR.least, this.#bar * factor));
    if (!this.#follows) this.#end = time + (this.#plotWidth - at) / this.#perMillisecond;
    this.draw();
  }

  /** Moves by pixels; to the right shows what was earlier. */
  pan(pixels) {
    this.#end = this.#viewEnd - pixels / this.#perMillisecond;
    this.#follows = this.#end >= this.#newestEnd;
    this.draw();
  }

  /** What is in view, for those who do not see it. */
  get described() {
    const { candles } = this.#visible();
    if (!candles.length) return 'no candles in view';
    const [first, last] = [candles[0], candles[candles.length - 1]];
    return `${candles.length} candles from ${moment(first.start, this.interval)} to ${moment(last.start, this.interval)}, last close ${last.raw.close}`;
  }

  /** The candle under the pointer, else the chosen one, else the newest. */
  get current() {
    if (this.#pointer) return this.#at(this.#time(this.#pointer.x)) ?? undefined;
    return this.#chosen === undefined ? this.series.last : this.#at(this.#chosen) ?? this.series.last;
  }

  /** Pixels of one candle. */
  get barWidth() { return this.#bar; }

  // Geometry

  get #plotWidth() { return Math.max(1, this.#size.width - AXIS.right); }
  get #plotHeight() { return Math.max(1, this.#size.height - AXIS.bottom - AXIS.top); }
  get #perMillisecond() { return this.#bar / this.interval; }
  get #newestEnd() { return (this.series.last?.end ?? Date.now()) + 2 * this.interval; }
  get #viewEnd() { return this.#follows ? this.#newestEnd : this.#end; }
  get #viewStart() { return this.#viewEnd - this.#plotWidth / this.#perMillisecond; }
  #time(x) { return this.#viewStart + x / this.#perMillisecond; }
  #x(time) { return (time - this.#viewStart) * this.#perMillisecond; }

  #at(time) {
    const index = this.series.indexOf(time + 1) - 1;
    const candle = this.series.candles[index];
    return candle && candle.end > time ? candle : undefined;
  }

  #visible() {
    const from = this.series.indexOf(this.#viewStart - this.interval);
    const to = this.series.indexOf(this.#viewEnd);
    return { candles: this.series.candles.slice(from, to), from };
  }

  #resize() {
    const box = this.#canvas.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    this.#size = { width: box.width, height: box.height };
    this.#canvas.width = Math.round(box.width * ratio);
    this.#canvas.height = Math.round(box.height * ratio);
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#paint();
  }

  // Drawing

  draw() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#paint();
    });
  }

  #paint() {
    const { width, height } = this.#size;
    if (!width || !height) return;
    const context = this.#context;
    context.clearRect(0, 0, width, height);
    context.font = '12px system-ui, "DejaVu Sans", sans-serif';
    context.lineWidth = 1;
    const { candles, from } = this.#visible();
    if (from === 0 && this.series.first && this.#viewStart < this.series.first.start) this.#handlers.onOlder();
    if (candles.length) {
      const prices = this.#prices(candles);
      this.#grid(prices);
      context.save();
      context.beginPath();
      context.rect(0, 0, this.#plotWidth, height - AXIS.bottom);
      context.clip();
      this.#volumes(candles);
      this.#bars(candles, prices);
      this.#averages(candles, prices);
      context.restore();
      this.#lastPrice(prices);
      this.#cross(prices);
    }
    this.#handlers.onCandle(this.current);
  }

  /** The scale of prices: candles keep clear of the volumes beneath. */
  #prices(candles) {
    let [low, high] = [Infinity, -Infinity];
    for (const candle of candles) {
      low = Math.min(low, candle.low);
      high = Math.max(high, candle.high);
    }
    if (!(high > low)) [low, high] = [low - Math.max(Math.abs(low) * 1e-4, 1e-8), high + Math.max(Math.abs(high) * 1e-4, 1e-8)];
    const [top, bottom] = [AXIS.top + this.#plotHeight * 0.05, AXIS.top + this.#plotHeight * 0.78];
    const perPrice = (bottom - top) / (high - low);
    return {
      y: (price) => bottom - (price - low) * perPrice, price: (y) => low + (bottom - y) / perPrice,
      ...priceTicks(low, high, Math.max(2, Math.floor(this.#plotHeight / 56))),
    };
  }

  #grid(prices) {
    const context = this.#context;
    const bottom = this.#size.height - AXIS.bottom;
    context.strokeStyle = this.#colours.line;
    context.fillStyle = this.#colours.dim;
    context.textBaseline = 'middle';
    context.textAlign = 'left';
    context.beginPath();
    for (const tick of prices.ticks) {
      const y = Math.round(prices.y(tick)) + 0.5;
      context.moveTo(0, y);
      context.lineTo(this.#plotWidth, y);
      if (Math.abs(y - prices.y(this.series.last.close)) > 15) context.fillText(tick.toFixed(prices.decimals), this.#plotWidth + 6, y);
    }
    context.textAlign = 'center';
    for (const { time, label } of timeTicks(this.#viewStart, this.#viewEnd, this.#perMillisecond, 84)) {
      const x = Math.round(this.#x(time)) + 0.5;
      context.moveTo(x, AXIS.top);
      context.lineTo(x, bottom);
      const half = context.measureText(label).width / 2;
      if (x - half >= 0 && x + half <= this.#size.width) context.fillText(label, x, bottom + AXIS.bottom / 2 + 1);
    }
    context.stroke();
  }

  #volumes(candles) {
    const most = candles.reduce((so, candle) => Math.max(so, candle.volume || 0), 0);
    if (!(most > 0)) return;
    const context = this.#context;
    const bottom = this.#size.height - AXIS.bottom;
    const height = this.#plotHeight * 0.16;
    context.fillStyle = this.#colours.volume;
    for (const candle of candles) {
      const tall = (candle.volume || 0) / most * height;
      context.fillRect(this.#x(candle.start) + this.#gap, bottom - tall, this.#body, tall);
    }
    const label = `volume, at most ${short(most)}`;
    context.textAlign = 'left';
    context.fillStyle = this.#colours.panel;
    context.fillRect(2, bottom - height - 17, context.measureText(label).width + 8, 17);
    context.fillStyle = this.#colours.dim;
    context.fillText(label, 6, bottom - height - 8);
  }

  get #gap() { return this.#bar >= 4 ? this.#bar * 0.15 : 0; }
  get #body() { return Math.max(1, this.#bar - 2 * this.#gap); }

  /** Rising candles are hollow and falling ones filled, so that colour is not all that tells them apart. */
  #bars(candles, prices) {
    const context = this.#context;
    for (const candle of candles) {
      const rises = candle.close >= candle.open;
      const colour = rises ? this.#colours.up : this.#colours.down;
      const left = this.#x(candle.start) + this.#gap;
      const middle = Math.round(left + this.#body / 2 - 0.5) + 0.5;
      const top = prices.y(Math.max(candle.open, candle.close));
      const tall = Math.max(1, prices.y(Math.min(candle.open, candle.close)) - top);
      context.strokeStyle = context.fillStyle = colour;
      context.setLineDash(candle.final ? [] : [3, 2]);
      context.beginPath();
      context.moveTo(middle, prices.y(candle.high));
      context.lineTo(middle, top);
      context.moveTo(middle, top + tall);
      context.lineTo(middle, prices.y(candle.low));
      context.stroke();
      if (rises && this.#body >= 4) {
        context.fillStyle = this.#colours.panel;
        context.fillRect(left, top, this.#body, tall);
        context.strokeRect(Math.round(left) + 0.5, Math.round(top) + 0.5, Math.max(1, Math.round(this.#body) - 1), Math.max(1, Math.round(tall) - 1));
      } else {
        context.fillRect(left, top, this.#body, tall);
      }
    }
    context.setLineDash([]);
  }

  #averages(candles, prices) {
    const context = this.#context;
    context.strokeStyle = this.#colours.vwap;
    context.lineWidth = 1.5;
    context.beginPath();
    let before;
    for (const candle of candles) {
      if (!Number.isFinite(candle.vwap)) continue;
      const x = this.#x(candle.start) + this.#bar / 2;
      if (before !== undefined && candle.start <= before + 3 * this.interval) context.lineTo(x, prices.y(candle.vwap));
      else context.moveTo(x, prices.y(candle.vwap));
      before = candle.start;
    }
    context.stroke();
    context.lineWidth = 1;
  }

  #lastPrice(prices) {
    const last = this.series.last;
    if (!last) return;
    const y = prices.y(last.close);
    if (y < AXIS.top || y > this.#size.height - AXIS.bottom) return;
    this.#context.strokeStyle = last.close >= last.open ? this.#colours.up : this.#colours.down;
    this.#line([0, y], [this.#plotWidth, y], [2, 3]);
    this.#tag(y, last.close.toFixed(prices.decimals), this.#context.strokeStyle);
  }

  #cross(prices) {
    const candle = this.#pointer || this.#chosen !== undefined ? this.current : undefined;
    const x = candle ? this.#x(candle.start) + this.#bar / 2 : this.#pointer?.x;
    if (x === undefined || x > this.#plotWidth) return;
    this.#context.strokeStyle = this.#colours.dim;
    this.#line([x, AXIS.top], [x, this.#size.height - AXIS.bottom], [4, 4]);
    const y = this.#pointer?.y;
    if (y === undefined || y > this.#size.height - AXIS.bottom) return;
    this.#line([0, y], [this.#plotWidth, y], [4, 4]);
    this.#tag(y, prices.price(y).toFixed(prices.decimals), this.#colours.dim);
  }

  #line(from, to, dash) {
    const context = this.#context;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(Math.round(from[0]) + 0.5, Math.round(from[1]) + 0.5);
    context.lineTo(Math.round(to[0]) + 0.5, Math.round(to[1]) + 0.5);
    context.stroke();
    context.setLineDash([]);
  }

  #tag(y, text, colour) {
    const context = this.#context;
    context.fillStyle = colour;
    context.fillRect(this.#plotWidth, y - 9, AXIS.right, 18);
    context.fillStyle = this.#colours.panel;
    context.textAlign = 'left';
    context.fillText(text, this.#plotWidth + 6, y + 1);
  }

  // Hands

  #listen() {
    const canvas = this.#canvas;
    const touches = new Map();
    canvas.addEventListener('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId);
      touches.set(event.pointerId, event);
      this.#drag = event.offsetX;
    });
    canvas.addEventListener('pointermove', (event) => {
      if (touches.has(event.pointerId)) touches.set(event.pointerId, event);
      if (touches.size === 2) return this.#pinched([...touches.values()]);
      if (touches.size === 1 && this.#drag !== undefined) {
        this.pan(event.offsetX - this.#drag);
        this.#drag = event.offsetX;
      }
      this.#pointer = { x: event.offsetX, y: event.offsetY };
      this.draw();
    });
    const release = (event) => {
      touches.delete(event.pointerId);
      this.#drag = this.#pinch = undefined;
    };
    canvas.addEventListener('pointerup', release);
    canvas.addEventListener('pointercancel', release);
    canvas.addEventListener('pointerleave', () => {
      this.#pointer = undefined;
      this.draw();
    });
    canvas.addEventListener('wheel', (event) => {
      event.preventDefault();
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.pan(-event.deltaX);
      else this.zoom(Math.exp(-event.deltaY / 400), event.offsetX);
    }, { passive: false });
    canvas.addEventListener('keydown', (event) => this.#pressed(event));
  }

  #pinched([one, other]) {
    const apart = Math.abs(one.offsetX - other.offsetX);
    if (this.#pinch && apart > 0) this.zoom(apart / this.#pinch, (one.offsetX + other.offsetX) / 2);
    this.#pinch = Math.max(1, apart);
  }

  #pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = this.#plotWidth * 0.8;
    const actions = {
      ArrowLeft: () => this.#choose(-1), ArrowRight: () => this.#choose(1), PageUp: () => this.pan(page),
      PageDown: () => this.pan(-page), '+': () => this.zoom(1.25), '=': () => this.zoom(1.25), '-': () => this.zoom(0.8),
      End: () => this.newest(), Home: () => this.pan((this.#viewEnd - (this.series.first?.start ?? 0)) * this.#perMillisecond - page),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  #choose(step) {
    const { candles } = this.series;
    if (!candles.length) return;
    const known = this.#chosen === undefined ? candles.length - (step < 0 ? 0 : 1) : this.series.indexOf(this.#chosen);
    const index = Math.min(candles.length - 1, Math.max(0, known + step));
    this.#chosen = candles[index].start;
    const x = this.#x(this.#chosen);
    if (x < 0) this.pan(-x + this.#bar);
    else if (x > this.#plotWidth - this.#bar) this.pan(this.#plotWidth - x - 2 * this.#bar);
    this.#handlers.onChosen(candles[index]);
    this.draw();
  }
}
