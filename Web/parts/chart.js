/// One field over time: its middle, between its 5th and 95th hundredth, with gaps as gaps, last week behind it, and
/// what happened on the axis. Drawn by dygraphs.
import { ask } from "../app/api.js";
import { data, h, morphChildren } from "../app/dom.js";
import { day, minuteOfDay, moment, number } from "../app/format.js";
import { t } from "../app/language.js";
import { calmly } from "../app/poll.js";
import { fieldName, fieldText } from "./fields.js";
import { stepMillis } from "./range.js";

let library = null;

/// The library is a script of the old kind: it is loaded once, when the first chart is drawn.
function dygraphs() {
  library ??= new Promise((resolve, reject) => {
    document.head.append(
      h("link", { rel: "stylesheet", href: "/web/lib/dygraphs/dygraph.min.css" }),
      h("script", {
        src: "/web/lib/dygraphs/dygraph.min.js",
        on: { load: () => resolve(withoutLegend(window.Dygraph)), error: () => reject(new Error("no dygraphs")) },
      }));
  });
  return library;
}

/// Our own legend is text below; the library's writes styles into elements, which the page's policy forbids.
function withoutLegend(Dygraph) {
  Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);
  return Dygraph;
}

const week = 7 * 86400000;
const aggregates = "avg,min,max,p5,p50,p95,count";

export class FieldChart {
  /// - query: whose readings: device or area, and others of `/v1/rollups`.
  constructor({ measurement, field, unit, query, range, signal, marks }) {
    Object.assign(this, { measurement, field, unit, query, range, signal, marks });
    this.plot = h("div", { class: "plot", role: "img", "aria-label": fieldText(measurement, field),
      "data-island": "" });
    this.now = h("span", { class: "chart-now" });
    this.legend = h("p", { class: "chart-legend", "aria-hidden": "true" });
    this.element = h("figure", { class: "chart", "data-field": field },
      h("figcaption", {}, h("span", { class: "chart-name" }, fieldName(measurement, field)), " ",
        h("code", { translate: "no" }, `${measurement}.${field}`),
        unit ? h("span", { class: "chart-unit", translate: "no" }, unit) : null, this.now),
      this.plot, this.legend);
    this.rows = [];
    this.again = calmly(() => this.load(), 2000);
    signal.addEventListener("abort", () => this.end());
    window.addEventListener("theme", () => this.draw(), { signal });
  }

  async load() {
    const { from, to, step } = this.range;
    const asked = `${from} ${to} ${step} ${this.range.isCompared}`;
    this.asked = asked;
    const question = (shift) => ask("/v1/rollups", {
      ...this.query, measurement: this.measurement, field: this.field, step, aggregate: aggregates,
      from: new Date(from - shift).toISOString(), to: new Date(to - shift).toISOString(),
    }, this.signal);
    try {
      const [now, before] = await Promise.all([question(0), this.range.isCompared ? question(week) : null]);
      if (this.asked !== asked) return;
      this.rows = joined(now, before, stepMillis(step));
      await this.draw();
    } catch (error) {
      if (error.name === "AbortError") return;
      morphChildren(this.legend, [h("span", { class: "fault" }, t("chart.failed"))]);
    }
  }

  async draw() {
    if (this.isOver) return;
    this.describe();
    let Dygraph;
    try {
      Dygraph = await dygraphs();
    } catch {
      this.plot.replaceChildren(h("p", { class: "notice" }, t("chart.missing")));
      return;
    }
    if (this.isOver || !this.plot.isConnected) return;
    const style = getComputedStyle(this.plot);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const options = {
      file: this.rows.length > 0 ? this.rows : [[new Date(this.range.from), [null, null, null], [null, null, null]]],
      dateWindow: [this.range.from, this.range.to], colors: [colour("line"), colour("dim")],
      axisLineColor: colour("rule"), gridLineColor: colour("grid"),
    };
    if (this.graph) {
      this.graph.updateOptions(options);
      return;
    }
    const { file, ...rest } = options;
    this.graph = new Dygraph(this.plot, file, {
      ...rest, labels: ["time", "now", "before"], customBars: true, legend: "never", connectSeparatedPoints: false,
      fillAlpha: 0.18, strokeWidth: 1.6, drawGapEdgePoints: true, axisLabelFontSize: 11, height: 150, rightGap: 8,
      animatedZooms: false, labelsUTC: false, includeZero: false, yRangePad: 6, highlightCircleSize: 3,
      series: { before: { strokePattern: [4, 3], strokeWidth: 1, fillGraph: false } },
      axes: {
        x: { axisLabelFormatter: (time) => this.axisText(time), axisLabelWidth: 62, pixelsPerLabel: 74 },
        y: { axisLabelFormatter: (value) => number(value), axisLabelWidth: 46 },
      },
      highlightCallback: (_, time) => this.tell(time), unhighlightCallback: () => this.describe(),
      underlayCallback: (context, area, graph) => this.underlay(context, area, graph),
      zoomCallback: (from, to) => this.range.zoom(from, to),
      dateWindow: [this.range.from, this.range.to],
    });
  }

  /// Takes it away, where another takes its place.
  end() {
    this.isOver = true;
    this.graph?.destroy();
    this.graph = null;
  }

  axisText(time) {
    return this.range.to - this.range.from > 3 * 86400000 ? day(time) : minuteOfDay(time);
  }

  /// Alarms and outages as bands from top to bottom, events as ticks on the axis.
  underlay(context, area, graph) {
    const style = getComputedStyle(this.plot);
    for (const mark of this.marks?.() ?? []) {
      const left = graph.toDomXCoord(mark.from);
      const right = mark.to === undefined ? left : graph.toDomXCoord(mark.to);
      if (right < area.x || left > area.x + area.w) continue;
      context.fillStyle = style.getPropertyValue(`--${mark.kind}`).trim();
      const from = Math.max(left, area.x);
      const width = Math.max(Math.min(right, area.x + area.w) - from, 2);
      if (mark.to === undefined) context.fillRect(from, area.y + area.h - 7, width, 7);
      else {
        context.globalAlpha = 0.16;
        context.fillRect(from, area.y, width, area.h);
        context.globalAlpha = 1;
        context.fillRect(from, area.y + area.h - 3, width, 3);
      }
    }
  }

  /// What stands beside the name: the newest value, and what the chart holds, for those who do not see it too.
  describe() {
    const filled = this.rows.filter((row) => row[1][1] !== null);
    const last = filled.at(-1);
    morphChildren(this.now, last ? [h("b", {}, number(last[1][1])), data(` ${moment(last[0])}`, { class: "dim" })]
      : []);
    const low = Math.min(...filled.map((row) => row.least));
    const high = Math.max(...filled.map((row) => row.most));
    const text = filled.length === 0 ? t("chart.empty")
      : t("chart.summary", { low: number(low), high: number(high), n: number(filled.length, 0) });
    this.plot.setAttribute("aria-label", `${fieldText(this.measurement, this.field)}: ${text}`);
    morphChildren(this.legend, [text]);
  }

  tell(time) {
    const row = this.rows.find((candidate) => Number(candidate[0]) === time);
    if (!row || row[1][1] === null) return;
    const said = t("chart.point", {
      middle: number(row[1][1]), low: number(row[1][0]), high: number(row[1][2]), n: number(row.count, 0),
    });
    const before = row[2][1] === null ? "" : ` · ${t("chart.before", { middle: number(row[2][1]) })}`;
    morphChildren(this.legend, [data(moment(time)), ` · ${said}${before}`]);
  }
}

/// Buckets as rows, a row a step: where there is no bucket there is a gap.
function joined(now, before, step) {
  const band = (bucket) => (bucket ? [bucket.p5 ?? bucket.min, bucket.p50 ?? bucket.avg, bucket.p95 ?? bucket.max]
    : [null, null, null]);
  const byTime = new Map();
  for (const bucket of now.groups[0]?.buckets ?? []) byTime.set(Date.parse(bucket.time), [bucket, null]);
  for (const bucket of before?.groups[0]?.buckets ?? []) {
    const time = Date.parse(bucket.time) + week;
    byTime.set(time, [byTime.get(time)?.[0] ?? null, bucket]);
  }
  const times = [...byTime.keys()].sort((a, b) => a - b);
  const rows = [];
  for (const [index, time] of times.entries()) {
    const [bucket, old] = byTime.get(time);
    if (index > 0 && time - times[index - 1] > step * 1.5) {
      rows.push(Object.assign([new Date(times[index - 1] + step), band(null), band(null)],
        { least: Infinity, most: -Infinity }));
    }
    rows.push(Object.assign([new Date(time), band(bucket), band(old)],
      { least: bucket?.min ?? Infinity, most: bucket?.max ?? -Infinity, count: bucket?.count ?? 0 }));
  }
  return rows;
}
