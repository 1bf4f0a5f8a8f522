// Server-Sent Events over fetch: unlike EventSource it can send a key, and it says why it was refused.

const KEY = 'wick.key';

/** The key of this tab, if the server asked for one. */
export function headers(more = {}) {
  const key = sessionStorage.getItem(KEY);
  return key ? { ...more, Authorization: `Bearer ${key}` } : more;
}

/** Whether somebody has given a key. */
export function known() { return Boolean(sessionStorage.getItem(KEY)); }

export function remember(key) { sessionStorage.setItem(KEY, key); }

/** What the server answered in place of what was asked for. */
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

async function refusal(response) {
  let detail = `${response.status} ${response.statusText}`;
  try {
    const problem = await response.json();
    detail = problem.detail || problem.title || detail;
  } catch { /* Proxies answer without a body of ours. */ }
  return new Refused(response.status, detail);
}

export async function ask(path) {
  const response = await fetch(path, { headers: headers({ Accept: 'application/json' }) });
  if (!response.ok) throw await refusal(response);
  return response.json();
}

/** Cuts a stream of text into events (WHATWG HTML, section 9.2.6). */
export class EventParser {
  #rest = '';
  #event = { type: 'message', data: [], id: undefined };

  feed(text) {
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#rest = lines.pop();
    const events = [];
    for (const line of lines) {
      if (line === '') {
        if (this.#event.data.length) events.push({ ...this.#event, data: this.#event.data.join('\n') });
        this.#event = { type: 'message', data: [], id: undefined };
        continue;
      }
      const colon = line.indexOf(':');
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'data') this.#event.data.push(value);
      else if (field === 'event') this.#event.type = value;
      else if (field === 'id') this.#event.id = value;
    }
    return events;
  }
}

/** Keeps a stream open until it is closed: after a loss it goes on behind the last event that came. */
export class Feed {
  #abort = new AbortController();
  #last;
  #wait = 500;

  constructor(path, { onEvent, onState, onRefused }) {
    this.path = path;
    this.handlers = { onEvent, onState, onRefused };
    this.#run();
  }

  close() { this.#abort.abort(); }

  async #run() {
    while (!this.#abort.signal.aborted) {
      try {
        this.handlers.onState('waiting');
        await this.#read();
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        if (error instanceof Refused && error.status >= 400 && error.status < 500 && error.status !== 429) {
          this.handlers.onRefused(error);
          return;
        }
      }
      if (this.#abort.signal.aborted) return;
      this.handlers.onState('lost');
      await new Promise((go) => setTimeout(go, this.#wait));
      this.#wait = Math.min(this.#wait * 2, 10_000);
    }
  }

  async #read() {
    const more = { Accept: 'text/event-stream' };
    if (this.#last !== undefined) more['Last-Event-ID'] = this.#last;
    const response = await fetch(this.path, { headers: headers(more), signal: this.#abort.signal, cache: 'no-store' });
    if (!response.ok) throw await refusal(response);
    this.handlers.onState('live');
    const parser = new EventParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    while (true) {
      const { value, done } = await reader.read();
      if (done) return;
      for (const event of parser.feed(value)) {
        this.#wait = 500;
        if (event.id !== undefined) this.#last = event.id;
        this.handlers.onEvent(event.type, JSON.parse(event.data));
      }
    }
  }
}
