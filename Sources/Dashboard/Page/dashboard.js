// The page: which market is shown, what comes in, and what it says about the pipeline.

import { ask, Feed, known, Refused, remember } from '/feed.js';
import { Chart } from '/chart.js';
import { Series } from '/series.js';
import { duration, moment, plain, short } from '/scale.js';

const by = (id) => document.getElementById(id);
const LENGTHS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LATE_ROWS = 100;
/** Limits of governance/slo.yml: beyond the first a light warns, beyond the second it is bad. */
const LIMITS = { freshness: [60_000, 300_000], lag: [1000, 10_000], errors: [0, 60] };

const state = { symbols: [], market: undefined, interval: '1m', feed: undefined, series: new Series(), older: 'idle', late: [] };

const chart = new Chart(by('chart'), state.series, {
  onCandle: legend, onChosen: (candle) => { by('spoken').textContent = spoken(candle); }, onOlder: loadOlder,
});

// For those who automate: what is drawn, as it was sent.
Object.defineProperties(by('chart'), {
  candles: { get: () => state.series.candles.map((candle) => candle.raw) }, barWidth: { get: () => chart.barWidth },
});

// What to show

async function begin() {
  try {
    const { symbols } = await ask('/v1/symbols');
    setSymbols(symbols);
  } catch (error) {
    if (error instanceof Refused && error.status === 401) return signIn(begin, error);
    connection('lost');
  }
  // Symbols come up while the page is open.
  setTimeout(begin, state.symbols.length ? 15_000 : 1500);
}

function setSymbols(symbols) {
  if (JSON.stringify(symbols) === JSON.stringify(state.symbols)) return;
  state.symbols = symbols;
  const select = by('market');
  const chosen = select.value || location.hash.slice(1).split('/').slice(0, 2).join('/');
  select.replaceChildren(...symbols.map((symbol) => new Option(`${symbol.symbol} · ${symbol.venue}`, nameOf(symbol))));
  select.disabled = !symbols.length;
  if (!symbols.length) {
    empty('No market has any candle yet. This page looks again by itself.');
    return;
  }
  if (symbols.some((symbol) => nameOf(symbol) === chosen)) select.value = chosen;
  setIntervals();
}

const nameOf = (symbol) => `${symbol.venue}/${symbol.symbol}`;

function setIntervals() {
  const market = state.symbols.find((symbol) => nameOf(symbol) === by('market').value);
  if (!market) return;
  const wanted = location.hash.slice(1).split('/')[2];
  const names = [...market.intervals].sort((a, b) => length(a) - length(b));
  if (names.includes(wanted)) state.interval = wanted;
  if (!names.includes(state.interval)) state.interval = names[0];
  const labels = names.map((name) => {
    const label = document.createElement('label');
    const input = Object.assign(document.createElement('input'), { type: 'radio', name: 'interval', value: name, checked: name === state.interval });
    label.append(input, name);
    return label;
  });
  by('intervals').replaceChildren(by('intervals').querySelector('legend'), ...labels);
  const changed = state.market !== nameOf(market) || state.shown !== state.interval;
  state.market = nameOf(market);
  if (changed) open();
}

function length(name) {
  const match = /^(\d+)([smhd])$/.exec(name);
  return match ? Number(match[1]) * LENGTHS[match[2]] : 60_000;
}

/** Opens the stream of what was chosen; its first event is a snapshot. */
function open() {
  state.feed?.close();
  state.series = new Series();
  state.older = 'idle';
  state.shown = state.interval;
  const [venue, symbol] = state.market.split('/');
  history.replaceState(null, '', `#${state.market}/${state.interval}`);
  document.title = `${symbol} ${state.interval} · Wick`;
  chart.show(state.series, length(state.interval));
  empty('Loading candles…');
  const query = new URLSearchParams({ venue, symbol, interval: state.interval, late: '1' });
  state.query = query;
  state.feed = new Feed(`/v1/stream?${query}`, {
    onEvent: received, onState: connection,
    onRefused: (error) => (error.status === 401 ? signIn(open, error) : refused(error)),
  });
}

function refused(error) {
  connection('lost');
  empty(error.message);
}

// What comes in

function received(type, data) {
  if (type === 'snapshot' || type === 'candles') {
    // After a reconnection a snapshot repeats what is known; what was loaded before it stays.
    state.series.merge(data.candles);
    empty(state.series.last ? '' : 'No candle of this market and interval yet: the first closes when its window ends.');
    by('chart').setAttribute('aria-label', `Candlestick chart: ${chart.described}`);
    by('chart').dataset.candles = state.series.candles.length;
    chart.draw();
  } else if (type === 'late') {
    addLate(data.late);
  } else if (type === 'status') {
    lights(data);
  }
}

async function loadOlder() {
  if (state.older !== 'idle' || !state.series.first) return;
  state.older = 'asking';
  const series = state.series;
  try {
    const query = new URLSearchParams(state.query);
    query.delete('late');
    query.set('to', series.first.start);
    query.set('limit', '500');
    const { candles } = await ask(`/v1/candles?${query}`);
    series.merge(candles);
    if (series !== state.series) return;
    // Nothing older is asked for once there is none.
    state.older = candles.length ? 'idle' : 'all';
    chart.draw();
  } catch {
    setTimeout(() => { if (series === state.series) state.older = 'idle'; }, 5000);
  }
}

// What it says

function connection(name) {
  const texts = { live: 'live', waiting: 'connecting', lost: 'connection lost, trying again' };
  by('connection').dataset.state = name === 'lost' ? 'bad' : name;
  if (by('connection-text').textContent !== texts[name]) by('connection-text').textContent = texts[name];
}

function empty(text) {
  by('empty').textContent = text;
  by('empty').hidden = !text;
}

function legend(candle) {
  const parts = [];
  const add = (name, text) => {
    const span = document.createElement('span');
    const label = document.createElement('i');
    label.textContent = name;
    span.append(label, text);
    parts.push(span);
  };
  if (candle) {
    const { raw } = candle;
    const time = document.createElement('b');
    time.textContent = `${moment(candle.start, chart.interval)} UTC${candle.final ? '' : ' · forming'}`;
    parts.push(time);
    for (const [name, key] of [['O', 'open'], ['H', 'high'], ['L', 'low'], ['C', 'close'], ['VWAP', 'vwap'], ['Vol', 'volume']]) {
      add(name, key === 'vwap' && raw.vwap ? plain(Number(raw.vwap).toFixed(4)) : plain(raw[key]));
    }
    add('Trades', String(raw.trades));
    if (raw.revision > 0) add('Revision', String(raw.revision));
  }
  by('legend').replaceChildren(...parts);
}

function spoken(candle) {
  const { raw } = candle;
  return `${moment(candle.start, chart.interval)}: open ${plain(raw.open)}, high ${plain(raw.high)}, low ${plain(raw.low)}, close ${plain(raw.close)}, volume ${plain(raw.volume)}${candle.final ? '' : ', still forming'}`;
}

function light(name, level, text) {
  const element = by(`light-${name}`);
  element.dataset.state = level;
  const words = { good: '', warn: ' (watch)', bad: ' (alarm)', unknown: '' };
  element.querySelector('p').textContent = text + words[level];
}

function level(value, [warn, bad]) {
  if (value === undefined || value === null) return 'unknown';
  return value > bad ? 'bad' : value > warn ? 'warn' : 'good';
}

function lights(status) {
  const most = (values) => (values.length ? Math.max(...values) : undefined);
  const known = (name) => (status.queries ?? []).map((query) => query[name]).filter((value) => Number.isFinite(value));
  const freshness = most(known('freshness_ms'));
  light('freshness', level(freshness, LIMITS.freshness), freshness === undefined ? 'no query has run' : `${duration(freshness)} behind`);
  const lag = most(known('lag'));
  light('lag', level(lag, LIMITS.lag), lag === undefined ? 'not known' : `${short(lag)} record${lag === 1 ? '' : 's'}`);
  const errors = status.rates?.errors_per_minute;
  light('errors', level(errors, LIMITS.errors), errors === undefined ? 'not known' : `${short(errors)} a minute`);
  const holds = status.holds;
  light('audit', holds === undefined || holds === null ? 'unknown' : holds ? 'good' : 'bad',
    holds === undefined || holds === null ? 'no books yet' : holds ? 'every trade accounted for' : 'trades unaccounted for');
}

function addLate(list) {
  const identity = (late) => `${late.time}/${late.venue}/${late.symbol}/${late.trade_id}/${late.query}/${late.reason}`;
  const seen = new Set(state.late.map(identity));
  const fresh = list.filter((late) => !seen.has(identity(late)));
  if (!fresh.length) return;
  state.late = [...fresh, ...state.late].sort((a, b) => b.time - a.time).slice(0, LATE_ROWS);
  by('late-empty').hidden = true;
  by('late-rows').replaceChildren(...state.late.map((late) => {
    const row = document.createElement('tr');
    const cells = [moment(late.time).slice(11), late.symbol, plain(late.price), duration(late.lateness_ms), reason(late)];
    cells.forEach((text, index) => {
      const cell = document.createElement('td');
      cell.textContent = text ?? '–';
      if (index === 2 || index === 3) cell.className = 'number';
      row.append(cell);
    });
    return row;
  }));
}

/** Why, and for which table: the ids of queries carry their kind in front. */
function reason(late) {
  const table = late.query?.replace(/^(CTAS|CSAS|INSERT)_/, '').toLowerCase();
  return table ? `${late.reason}, ${table}` : late.reason;
}

function signIn(again, error) {
  const dialog = by('sign-in');
  if (dialog.open) return;
  by('sign-in-why').textContent = known() ? error.message : '';
  dialog.addEventListener('close', () => {
    remember(by('key').value.trim());
    by('key').value = '';
    again();
  }, { once: true });
  dialog.showModal();
}

// Hands

by('market').addEventListener('change', setIntervals);
by('intervals').addEventListener('change', (event) => {
  state.interval = event.target.value;
  open();
});
by('tools').addEventListener('click', (event) => {
  const actions = { 'zoom-in': () => chart.zoom(1.25), 'zoom-out': () => chart.zoom(0.8), newest: () => chart.newest() };
  actions[event.target.dataset.do]?.();
});

function theme(name) {
  document.documentElement.dataset.theme = name;
  by('theme').setAttribute('aria-pressed', String(name === 'dark'));
  chart.restyle();
}

const wanted = matchMedia('(prefers-color-scheme: dark)');
theme(localStorage.getItem('wick.theme') ?? (wanted.matches ? 'dark' : 'light'));
by('theme').addEventListener('click', () => {
  const name = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  localStorage.setItem('wick.theme', name);
  theme(name);
});

begin();
