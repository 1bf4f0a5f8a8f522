// Axes: round steps, and labels that tell neighbours apart.

const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const TIME_STEPS = [
  SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE,
  30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 90 * DAY, 365 * DAY,
];

/** Round values between low and high, at most `count`. */
export function priceTicks(low, high, count) {
  const raw = (high - low) / Math.max(1, count);
  if (!(raw > 0)) return { ticks: [low], decimals: decimals(Math.abs(low) / 1000 || 1) };
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw);
  const ticks = [];
  for (let index = Math.ceil(low / step); index * step <= high; index++) ticks.push(index * step);
  return { ticks, decimals: decimals(step) };
}

function decimals(step) { return Math.min(8, Math.max(0, -Math.floor(Math.log10(step) + 1e-9))); }

/** Times between from and to that are `pixels` apart or more, where a millisecond is `perMillisecond` wide. */
export function timeTicks(from, to, perMillisecond, pixels) {
  const step = TIME_STEPS.find((candidate) => candidate * perMillisecond >= pixels) ?? TIME_STEPS[TIME_STEPS.length - 1];
  const ticks = [];
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) ticks.push({ time, label: timeLabel(time, step) });
  return ticks;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function timeLabel(time, step) {
  const date = new Date(time);
  if (time % DAY === 0) return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  return date.toISOString().slice(11, step < MINUTE ? 19 : 16);
}

/** Date and time in UTC, with seconds where the interval has them. */
export function moment(time, interval = SECOND) {
  return new Date(time).toISOString().slice(0, interval < MINUTE ? 19 : 16).replace('T', ' ');
}

/** A length of time in the unit that says most. */
export function duration(milliseconds) {
  if (milliseconds === null || milliseconds === undefined || !Number.isFinite(milliseconds)) return '–';
  const absolute = Math.abs(milliseconds);
  if (absolute < SECOND) return `${Math.round(milliseconds)} ms`;
  if (absolute < MINUTE) return `${(milliseconds / SECOND).toFixed(1)} s`;
  if (absolute < HOUR) return `${(milliseconds / MINUTE).toFixed(1)} min`;
  if (absolute < 2 * DAY) return `${(milliseconds / HOUR).toFixed(1)} h`;
  return `${Math.round(milliseconds / DAY)} days`;
}

/** A decimal without the zeros behind its last digit. */
export function plain(text) {
  if (text === null || text === undefined) return '–';
  return String(text).includes('.') ? String(text).replace(/\.?0+$/, '') : String(text);
}

export function short(value) {
  const suffixes = [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']];
  const [unit, suffix] = suffixes.find(([candidate]) => Math.abs(value) >= candidate) ?? [1, ''];
  return `${Number((value / unit).toPrecision(3))}${suffix}`;
}
