/// What a device, or those of an area, said: newest first.
import { ask } from "../app/api.js";
import { data, h, morphChildren } from "../app/dom.js";
import { moment } from "../app/format.js";
import { t, tOr } from "../app/language.js";
import { poll } from "../app/poll.js";

const severe = new Set(["emergency", "alert", "critical", "error"]);

export class EventList {
  constructor({ query, signal, atMost = 30, onEvents }) {
    Object.assign(this, { query, signal, atMost, onEvents });
    this.element = h("div", { class: "events" }, h("p", { class: "dim" }, t("loading")));
    this.polling = poll(() => this.load(), 10000, signal);
  }

  async load() {
    const answer = await ask("/v1/events", { ...this.query, limit: this.atMost }, this.signal);
    this.onEvents?.(answer.events);
    if (answer.events.length === 0) {
      morphChildren(this.element, [h("p", { class: "calm" }, t("events.none"))]);
      return;
    }
    morphChildren(this.element, [h("table", {}, h("tbody", {}, answer.events.map((event) => this.row(event))))]);
  }

  row(event) {
    const kind = severe.has(event.severity) ? "severe" : event.severity === "warning" ? "warned" : null;
    return h("tr", { class: kind },
      h("td", { class: "dim" }, data(moment(event.time))),
      h("td", { class: "event-severity" }, event.severity ? tOr(`severity.${event.severity}`, event.severity) : ""),
      this.query.device ? null : h("td", {}, h("a", {
        href: `#/device/${encodeURIComponent(event.device)}`, translate: "no",
      }, event.device)),
      h("td", { class: "message" }, tOr(`kind.${event.kind}`, null) ?? data(event.message || event.kind || "")));
  }
}
