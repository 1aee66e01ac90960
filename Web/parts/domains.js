/// What came in by domain: rows of the last hours, and how complete and live they are.
import { ask } from "../app/api.js";
import { data, h, morphChildren, s } from "../app/dom.js";
import { percent, short } from "../app/format.js";
import { t, tOr } from "../app/language.js";
import { poll } from "../app/poll.js";

const hours = 6;

export function domainName(name) {
  return tOr(`domain.${name}`, null) ?? (name ? data(name) : t("domain.none"));
}

export class DomainList {
  constructor({ signal }) {
    this.signal = signal;
    this.element = h("div", { class: "domains" }, h("p", { class: "dim" }, t("loading")));
    poll(() => this.load(), 60000, signal);
  }

  async load() {
    const step = 15 * 60000;
    const to = Math.floor(Date.now() / step) * step;
    const answer = await ask("/v1/quality", {
      group_by: "domain", step: "15m", from: new Date(to - hours * 3600000).toISOString(),
        to: new Date(to).toISOString(),
    }, this.signal);
    const lines = answer.groups.filter((group) => group.by.domain !== undefined).map((group) => this.line(group));
    morphChildren(this.element, lines.length > 0 ? lines : [h("p", { class: "dim" }, t("domains.none"))]);
  }

  line(group) {
    const received = group.buckets.map((bucket) => bucket.received);
    const last = group.buckets.at(-1) ?? {};
    const isThin = last.complete !== null && last.complete < 0.9;
    return h("div", { class: "domain", "data-key": group.by.domain },
      h("span", { class: "domain-name" }, domainName(group.by.domain)), spark(received),
      h("span", { class: "domain-rows" }, short(received.reduce((a, b) => a + b, 0))),
      h("span", { class: `domain-complete ${isThin ? "bad" : ""}`, title: t("quality.complete") },
        percent(last.complete, 0)));
  }
}

/// A line of small bars.
export function spark(values) {
  const top = Math.max(1, ...values);
  const width = 100 / Math.max(1, values.length);
  return s("svg", { class: "spark", viewBox: "0 0 100 20", preserveAspectRatio: "none", "aria-hidden": "true" },
    values.map((value, index) => s("rect", {
      x: index * width, width: width * 0.8, y: 20 - (value / top) * 20, height: (value / top) * 20,
    })));
}
