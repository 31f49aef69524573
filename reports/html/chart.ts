import { numberText } from "../../runners/core/cli/words.ts";
import type { Chart, ChartLine } from "../../runners/core/report/page.ts";
import { type Markup, markup } from "./markup.ts";
import { exactTime } from "./time.ts";

/** The size of the drawing in its own units; it is as wide as the page allows. */
const WIDTH = 720;
const HEIGHT = 200;
/** Where the lines are drawn; the rest is for the labels. */
const PLOT = { left: 60, right: WIDTH - 10, top: 24, bottom: HEIGHT - 22 };
/** How many lines can be told apart. */
const STYLES = 3;

/**
 * A chart as a drawing inside the page: no script, no address, nothing to load. Who does not see it
 * hears its title; the numbers stand in the table below.
 *
 * @returns null where there are not two instants to draw a line between
 */
export function chartHtml({ title, at, lines }: Chart): Markup | null {
  const times = at.map((instant) => instant.getTime());
  const known = lines.flatMap(({ values }) => values).filter(isNumber);
  if (times.length < 2 || times.some(Number.isNaN) || known.length === 0) return null;
  const [first, last] = [Math.min(...times), Math.max(...times)];
  if (first === last) return null;
  const top = roundUp(Math.max(...known));
  const x = (time: number) =>
    round(PLOT.left + (time - first) / (last - first) * (PLOT.right - PLOT.left));
  const y = (value: number) => round(PLOT.bottom - value / top * (PLOT.bottom - PLOT.top));
  const day = (time: number) => exactTime(new Date(time)).slice(0, 10);
  const grid = [0, top / 2, top].map((value) =>
    markup`<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${y(value)}" y2="${
      y(value)
    }"/>
<text class="end" x="${PLOT.left - 8}" y="${y(value) + 4}">${numberText(value)}</text>
`
  );
  const drawn = lines.slice(0, STYLES).map((line, i) => lineHtml(line, i, times, x, y));
  return markup`<figure class="chart">
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
<title>${title}</title>
${grid}${drawn}<text x="${PLOT.left}" y="${HEIGHT - 4}">${day(first)}</text>
<text class="end" x="${PLOT.right}" y="${HEIGHT - 4}">${day(last)}</text>
</svg>
</figure>
`;
}

/** A line, broken where a value is not known, with its title at the top and a dot at its end. */
function lineHtml(
  { title, values }: ChartLine,
  index: number,
  times: readonly number[],
  x: (time: number) => number,
  y: (value: number) => number,
): Markup {
  const style = `l${index + 1}`;
  let path = "";
  let end: readonly [x: number, y: number] | null = null;
  for (const [i, time] of times.entries()) {
    const value = values[i] ?? null;
    if (!isNumber(value)) continue;
    // A line of no length leaves a dot where both neighbours are unknown.
    const isDrawn = end !== null && isNumber(values[i - 1] ?? null);
    end = [x(time), y(value)];
    path += isDrawn ? `L${end.join(" ")}` : `M${end.join(" ")}h0`;
  }
  if (end === null) return markup``;
  const left = PLOT.left + index * 180;
  return markup`<path class="line ${style}" d="${path}"/>
<circle class="dot ${style}" cx="${end[0]}" cy="${end[1]}" r="3"/>
<path class="line ${style}" d="M${left} 8L${left + 24} 8"/>
<text x="${left + 30}" y="12">${title}</text>
`;
}

function isNumber(value: number | null): value is number {
  return value !== null && Number.isFinite(value) && value >= 0;
}

/** The next number that is one, two or five times a power of ten; at least 2. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10;
  return Math.max(2, step * power);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
