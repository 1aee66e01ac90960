/// The share of time in which something was live, and its outages.
import { ask, address } from "../app/api.js";
import { data, h, morphChildren } from "../app/dom.js";
import { duration, moment, number, percent } from "../app/format.js";
import { t } from "../app/language.js";
import { poll } from "../app/poll.js";

const shown = 12;

export class Availability {
  constructor({ query, signal, onOutages }) {
    Object.assign(this, { query, signal, onOutages });
    this.element = h("div", { class: "availability" }, h("p", { class: "dim" }, t("loading")));
    poll(() => this.load(), 120000, signal);
  }

  async load() {
    const answer = await ask("/v1/availability", this.query, this.signal);
    const group = answer.groups[0];
    if (!group) {
      morphChildren(this.element, [h("p", { class: "dim" }, t("availability.none"))]);
      return;
    }
    this.onOutages?.(group.outages);
    const latest = [...group.outages].sort((a, b) => (a.from < b.from ? 1 : -1));
    const isLow = group.live !== null && group.live < 0.99;
    morphChildren(this.element, [
      h("p", { class: "availability-share" }, h("b", { class: isLow ? "bad" : "" }, percent(group.live, 2)), " ",
        h("span", { class: "dim" }, t("availability.share"))),
      h("p", { class: "dim" }, t("availability.sums", {
        n: number(group.outages.length, 0), outage: duration(group.outage_seconds),
          planned: duration(group.planned_seconds),
      })),
      h("ol", { class: "outages" }, latest.slice(0, shown).map((outage) =>
        h("li", { "data-key": `${outage.device} ${outage.from}` },
          this.query.device ? null : [h("a", {
            href: `#/device/${encodeURIComponent(outage.device)}`, translate: "no",
          }, outage.device), " "],
          data(moment(outage.from)), " → ", outage.to ? data(moment(outage.to))
            : h("b", { class: "silent" }, t("availability.lasts")),
          " · ", duration(outage.seconds)))),
      h("p", {}, h("a", {
        href: address("/v1/availability", { ...this.query, format: "html" }), target: "_blank", rel: "noopener",
      }, t("availability.report"))),
    ]);
  }
}
