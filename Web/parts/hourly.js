/// Alarms an hour, beside the bounds of EEMUA 191: what one operator can look after.
import { ask } from "../app/api.js";
import { h, morphChildren, s } from "../app/dom.js";
import { minuteOfDay, number } from "../app/format.js";
import { t } from "../app/language.js";
import { poll } from "../app/poll.js";

/// One in ten minutes is very likely acceptable, two are manageable.
const acceptable = 6;
const manageable = 12;
const hours = 24;

export class AlarmsByHour {
  constructor({ signal, query = {} }) {
    this.query = query;
    this.signal = signal;
    this.element = h("div", { class: "hourly" });
    poll(() => this.load(), 60000, signal);
  }

  async load() {
    const hour = 3600000;
    const end = Math.ceil(Date.now() / hour) * hour;
    const begin = end - hours * hour;
    const answer = await ask(
      "/v1/alarms", { ...this.query, from: new Date(begin).toISOString(), limit: 10000 }, this.signal);
    const counts = new Array(hours).fill(0);
    for (const alarm of answer.alarms) {
      const at = Math.floor((Date.parse(alarm.opened) - begin) / hour);
      if (at >= 0 && at < hours) counts[at] += 1;
    }
    morphChildren(this.element, this.drawn(counts, begin));
  }

  drawn(counts, begin) {
    const top = Math.max(manageable * 1.25, ...counts);
    const height = (count) => (count / top) * 40;
    const sum = counts.reduce((a, b) => a + b, 0);
    const over = counts.filter((count) => count > manageable).length;
    const line = (bound) => s("line", { class: "bound", x1: 0, x2: 240, y1: 40 - height(bound),
      y2: 40 - height(bound) });
    return [
      h("p", { class: "hourly-now" },
        h("b", { class: counts.at(-1) > manageable ? "bad" : "" }, number(counts.at(-1), 0)), " ", t("hourly.now"),
        " · ", h("b", {}, number(sum / hours, 1)), " ", t("hourly.mean")),
      s("svg", { viewBox: "0 0 240 40", preserveAspectRatio: "none", role: "img",
        "aria-label": t("hourly.label", { sum: number(sum, 0), over: number(over, 0) }) },
      counts.map((count, index) => s("rect", {
        class: count > manageable ? "bad" : count > acceptable ? "much" : "", x: index * 10 + 1, width: 8,
        y: 40 - height(count), height: height(count),
      })), line(acceptable), line(manageable)),
      h("p", { class: "hourly-axis", translate: "no" }, h("span", {}, minuteOfDay(begin)),
        h("span", {}, minuteOfDay(begin + 12 * 3600000)), h("span", {}, minuteOfDay(begin + 24 * 3600000))),
      h("p", { class: "dim" }, t("hourly.bound", { acceptable, manageable })),
    ];
  }
}
