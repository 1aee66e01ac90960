/// The four qualities (đúng, đủ, sạch, sống) day by day.
import { ask } from "../app/api.js";
import { h, morphChildren } from "../app/dom.js";
import { day, number, startOfDay } from "../app/format.js";
import { t } from "../app/language.js";
import { poll } from "../app/poll.js";

const days = 31;
const qualities = ["correct", "complete", "clean", "live"];

export class QualityCalendar {
  constructor({ query, signal }) {
    this.query = query;
    this.signal = signal;
    this.element = h("div", { class: "calendar", tabindex: "0", role: "region", "aria-label": t("quality.calendar") },
      h("p", { class: "dim" }, t("loading")));
    poll(() => this.load(), 300000, signal);
  }

  async load() {
    const today = startOfDay(Date.now());
    const answer = await ask("/v1/quality", {
      ...this.query, step: "1d", from: new Date(today - (days - 1) * 86400000).toISOString(),
      to: new Date(today + 86400000).toISOString(),
    }, this.signal);
    const buckets = answer.groups[0]?.buckets ?? [];
    const head = h("tr", {}, h("td", {}), buckets.map((bucket) => {
      const text = day(bucket.time);
      return h("th", { scope: "col", title: text, translate: "no" }, text.slice(0, 2));
    }));
    const lines = qualities.map((name) => h("tr", {},
      h("th", { scope: "row", title: t(`quality.${name}.what`) }, t(`quality.${name}`)),
      buckets.map((bucket) => cell(bucket[name], bucket.time, name))));
    morphChildren(this.element, [
      h("table", {}, h("thead", {}, head), h("tbody", {}, lines)),
    ]);
  }
}

function cell(share, time, name) {
  if (share === null || share === undefined) return h("td", { class: "none", title: day(time) }, "·");
  const kind = share >= 0.995 ? "well" : share >= 0.9 ? "low" : "bad";
  const text = share >= 0.995 ? "✓" : number(Math.floor(share * 100), 0);
  return h("td", { class: kind, title: `${day(time)} · ${t(`quality.${name}`)} ${number(share * 100, 1)} %` }, text);
}
