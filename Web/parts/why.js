/// Why a device is silent, as far as is known.
import { ask } from "../app/api.js";
import { data, h, morphChildren } from "../app/dom.js";
import { age, moment, number } from "../app/format.js";
import { t } from "../app/language.js";
import { poll } from "../app/poll.js";
import { reasonText } from "./ledger.js";

export class Why {
  constructor({ id, signal }) {
    this.id = id;
    this.signal = signal;
    this.element = h("div", { class: "why" }, h("p", { class: "dim" }, t("loading")));
    this.polling = poll(() => this.load(), 10000, signal);
  }

  async load() {
    this.show(await ask(`/v1/devices/${encodeURIComponent(this.id)}/why`, {}, this.signal));
  }

  show(why) {
    const facts = [
      [t("why.seen"), h("span", {}, data(moment(why.last_seen)), why.last_seen ? [" · ", age(why.last_seen)] : null)],
      [t("why.listener"), why.listener ? data(`${why.listener}`) : t("why.notSinceStart")],
      [t("why.address"), why.address ? data(why.address) : "–"],
      [t("why.interval"), why.interval === null ? "–" : t("unit.second", { n: number(why.interval) })],
    ];
    if (why.refusal) {
      facts.push([t("why.refusal"), h("span", {}, reasonText(why.refusal.reason), " ",
        h("code", { translate: "no" }, why.refusal.reason), " · ", data(moment(why.refusal.last)))]);
    }
    if (why.event) {
      facts.push([t("why.event"), h("span", {}, data(moment(why.event.time)), " · ", data(why.event.message))]);
    }
    morphChildren(this.element, [
      h("ol", { class: "causes" }, why.causes.map((cause) => this.cause(cause, why))),
      h("dl", {}, facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
      why.neighbours.silent.length > 0 ? this.neighbours(why.neighbours) : null,
    ].filter(Boolean));
  }

  cause(cause, why) {
    const parts = [h("span", {}, t(`why.cause.${cause.kind}`))];
    if (cause.device) {
      parts.push(" ", h("a", { href: `#/device/${encodeURIComponent(cause.device)}`, translate: "no" }, cause.device));
    }
    const alarm = why.alarms.find((candidate) => candidate.id === cause.alarm);
    if (alarm?.message) parts.push(": ", data(alarm.message));
    if (cause.kind === "maintenance") {
      const work = why.maintenance.find((window) => window.note) ?? why.maintenance[0];
      if (work) parts.push(": ", data(work.note || work.id), " → ", data(moment(work.to)));
    }
    if (cause.kind === "refused" && why.refusal) parts.push(": ", reasonText(why.refusal.reason));
    return h("li", { class: `cause ${cause.kind}` }, parts);
  }

  neighbours(found) {
    return h("p", {}, t("why.neighbours"), " ",
      found.silent.map((device, index) => [index > 0 ? ", " : null, h("a", {
        href: `#/device/${encodeURIComponent(device.id ?? device)}`, translate: "no",
      }, device.id ?? device)]), found.more ? "…" : null);
  }
}
