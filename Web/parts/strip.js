/// A field that is yes or no, over time, as one strip: grey while it is yes, coloured while it is no.
import { ask } from "../app/api.js";
import { data, h, morphChildren, s } from "../app/dom.js";
import { minuteOfDay, moment } from "../app/format.js";
import { t } from "../app/language.js";
import { fieldName, fieldText, valueText } from "./fields.js";

const mostRows = 10000;

export class StateStrip {
  /// - interval: seconds between rows; after three of them without one nobody knows.
  constructor({ measurement, field, id, interval, range, signal }) {
    Object.assign(this, { measurement, field, id, range, signal });
    this.interval = Math.max(interval ?? 60, 1) * 1000;
    this.now = h("span", { class: "chart-now" });
    this.plot = h("div", { class: "strip", role: "img", "aria-label": fieldText(measurement, field) });
    this.legend = h("p", { class: "chart-legend" });
    this.element = h("figure", { class: "chart", "data-field": field },
      h("figcaption", {}, h("span", { class: "chart-name" }, fieldName(measurement, field)), " ",
        h("code", { translate: "no" }, `${measurement}.${field}`), this.now), this.plot, this.legend);
  }

  again() {}

  draw() {}

  async load() {
    const { to } = this.range;
    // As many rows as one answer holds, the newest.
    const from = Math.max(this.range.from, to - mostRows * this.interval * 0.9);
    const answer = await ask(`/v1/devices/${encodeURIComponent(this.id)}/readings`, {
      measurement: this.measurement, from: new Date(from).toISOString(), to: new Date(to).toISOString(),
        limit: mostRows,
    }, this.signal).catch(() => null);
    if (!answer) return;
    const runs = this.runs(answer.rows);
    const share = (time) => ((time - this.range.from) / (to - this.range.from)) * 1000;
    morphChildren(this.plot, [s("svg", { viewBox: "0 0 1000 10", preserveAspectRatio: "none", "aria-hidden": "true" },
      runs.map((run) => s("rect", {
        class: run.value ? "yes" : "no", x: share(run.from), width: Math.max(share(run.to) - share(run.from), 1),
          height: 10,
      })))]);
    const offs = runs.filter((run) => !run.value);
    const last = runs.at(-1);
    const text = runs.length === 0 ? t("chart.empty") : t("strip.offs", { n: offs.length });
    this.plot.setAttribute("aria-label", `${fieldText(this.measurement, this.field)}: ${text}`);
    morphChildren(this.legend, [text, offs.length > 0 ? [" · ",
      data(`${moment(offs.at(-1).from)} – ${minuteOfDay(offs.at(-1).to)}`)] : null]);
    morphChildren(this.now, last ? [h("b", { class: last.value ? null : "silent" }, valueText(last.value))] : []);
  }

  runs(rows) {
    const runs = [];
    for (const row of rows) {
      const value = row.fields[this.field];
      if (typeof value !== "boolean") continue;
      const time = Date.parse(row.time);
      const last = runs.at(-1);
      if (last && last.value === value && time - last.to <= this.interval * 3) last.to = time;
      else {
        if (last && time - last.to <= this.interval * 3) last.to = time;
        runs.push({ value, from: time, to: time });
      }
    }
    return runs;
  }
}
