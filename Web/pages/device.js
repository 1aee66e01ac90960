/// One device: whether it is well, why not, and what it measured.
import { ask } from "../app/api.js";
import { data, h, morphChildren } from "../app/dom.js";
import { age, moment, number } from "../app/format.js";
import { t } from "../app/language.js";
import { listen } from "../app/live.js";
import { calmly, poll } from "../app/poll.js";
import { AlarmList } from "../parts/alarm-list.js";
import { Availability } from "../parts/availability.js";
import { QualityCalendar } from "../parts/calendar.js";
import { FieldChart } from "../parts/chart.js";
import { domainName } from "../parts/domains.js";
import { EventList } from "../parts/events.js";
import { drawable, unitText } from "../parts/fields.js";
import { Latest } from "../parts/latest.js";
import { PlannedWork } from "../parts/planned.js";
import { Range } from "../parts/range.js";
import { StateStrip } from "../parts/strip.js";
import { className, stateMark } from "../parts/tiles.js";
import { Why } from "../parts/why.js";
import { stateOf } from "../app/fleet.js";

/// Charts that are drawn before anybody asks for more.
const most = 12;

export default class DevicePage {
  constructor({ frame, fleet, id, query, signal }) {
    Object.assign(this, { frame, fleet, id, signal });
    this.title = id;
    this.units = new Map();
    this.charts = new Map();
    this.outages = [];
    this.events = [];
    this.range = new Range({ span: query.get("range") ?? "6h", onChange: () => this.loadCharts() });
    this.head = h("div", { class: "page-head" }, h("h1", {}, data(id)));
    this.chartPlace = h("div", { class: "charts" });
    const panel = (title, ...children) =>
      h("section", { class: "panel", "aria-label": title }, h("h2", {}, title), children);
    this.alarms = new AlarmList({
      frame, signal, query: {}, choose: (alarm) => this.concerns(alarm), onChange: () => this.redraw(),
    });
    const device = { device: id };
    this.why = new Why({ id, signal });
    this.planned = new PlannedWork({
      frame, fleet, signal, subject: device, choose: (window) => this.isWorkedAt(window),
    });
    this.element = h("div", { class: "device" }, this.head,
      h("div", { class: "halves" },
        h("div", { class: "stack" }, this.range.element, this.chartPlace,
          panel(t("quality.title"), new QualityCalendar({ query: device, signal }).element),
          panel(t("device.events"), new EventList({
            query: device, signal, onEvents: (events) => this.takeEvents(events),
          }).element)),
        h("div", { class: "stack" },
          panel(t("device.why"), this.why.element), panel(t("device.alarms"), this.alarms.element),
          panel(t("planned.title"), this.planned.element),
          panel(t("device.latest"), new Latest({ id, signal, units: this.units }).element),
          panel(t("device.availability"), new Availability({
            query: device, signal, onOutages: (outages) => this.takeOutages(outages),
          }).element))));
    this.redraw = calmly(() => { for (const chart of this.charts.values()) chart.draw(); });
    fleet.addEventListener("change", calmly(() => this.showHead()), { signal });
  }

  begin() {
    poll(() => this.load(), 10000, this.signal);
    // A row that comes late changes its bucket, whatever its age: its chart is asked for again.
    listen({ types: "change", device: this.id, step: "1m" }, (_, change) => {
      this.charts.get(`${change.measurement} ${change.field}`)?.again();
    }, this.signal);
    poll(() => {
      if (this.range.isFollowing) this.loadCharts();
    }, 60000, this.signal);
  }

  async load() {
    const answer = await ask(`/v1/devices/${encodeURIComponent(this.id)}`, {}, this.signal).catch((error) => {
      if (error.status === 404) morphChildren(this.head, [h("h1", {}, data(this.id)), h("p", {}, t("device.unknown"))]);
      throw error;
    });
    [this.device] = answer.devices;
    this.showHead();
    // Of many alarms those of its area are enough; those of what it depends on are in the answer to why.
    if (this.device.area) this.alarms.query = { area: this.device.area };
    if (this.charts.size > 0) return;
    const known = await ask("/v1/measurements", {}, this.signal);
    for (const measurement of known.measurements) {
      for (const field of measurement.fields) this.units.set(`${measurement.name} ${field.name}`, field.unit);
    }
    this.makeCharts(drawable(known.measurements, this.device.measurements, this.device.class));
  }

  makeCharts(fields) {
    for (const { measurement, name, unit, type } of fields.slice(0, most)) {
      const whose = { measurement, field: name, range: this.range, signal: this.signal };
      const chart = type === "boolean"
        ? new StateStrip({ ...whose, id: this.id, interval: this.device.interval })
        : new FieldChart({ ...whose, unit: unitText(unit), query: { device: this.id }, marks: () => this.marks() });
      this.charts.set(`${measurement} ${name}`, chart);
    }
    this.chartPlace.replaceChildren(...[...this.charts.values()].map((chart) => chart.element));
    if (fields.length === 0) this.chartPlace.replaceChildren(h("p", { class: "notice panel" }, t("device.noFields")));
    this.loadCharts();
  }

  loadCharts() {
    this.range.follow();
    for (const chart of this.charts.values()) chart.load();
  }

  concerns(alarm) {
    return alarm.subject.device === this.id || alarm.children.includes(this.id);
  }

  /// Whether planned work is at it: by itself, with its area, or with its class.
  isWorkedAt(window) {
    const { area, class: kind } = this.device ?? this.fleet.byId.get(this.id) ?? {};
    if (window.device !== undefined) return window.device === this.id;
    if (window.class !== undefined) return window.class === kind;
    return Boolean(area) && this.frame.areas.isWithin(area, window.area);
  }

  takeEvents(events) {
    this.events = events;
    this.redraw();
  }

  takeOutages(outages) {
    this.outages = outages;
    this.redraw();
  }

  /// What stands on the charts' time axis.
  marks() {
    const span = (from, to, kind) => ({ from: Date.parse(from), to: to ? Date.parse(to) : Date.now(), kind });
    return [
      ...this.outages.map((outage) => span(outage.from, outage.to, "outage")),
      ...this.alarms.alarms.map((alarm) => span(alarm.opened, alarm.closed, "alarm")),
      ...this.events.map((event) => ({ from: Date.parse(event.time), kind: "event" })),
    ];
  }

  showHead() {
    const { device } = this;
    if (!device) return;
    const seen = device.last_seen ? Date.parse(device.last_seen) : null;
    const state = this.fleet.byId.get(this.id)?.state ?? stateOf(device, seen, Date.now());
    const facts = [];
    if (device.class) facts.push(className(device.class));
    if (device.domain) facts.push(domainName(device.domain));
    if (device.agency) facts.push(data(device.agency));
    if (device.interval !== null) facts.push(t("device.interval", { n: number(device.interval) }));
    facts.push(h("span", {}, t("device.seen"), " ", data(moment(seen)), seen ? [" (", h("span", {}, age(seen)), ")"]
      : null));
    morphChildren(this.head, [
      h("p", { class: "trail" }, this.trail(device.area)),
      h("h1", {}, data(device.name ?? this.id)), h("code", { translate: "no" }, this.id), stateMark(state),
      h("p", { class: "dim" }, facts.map((fact, index) => [index > 0 ? " · " : null, fact])),
    ]);
    this.element.dataset.state = state;
    this.title = device.name ?? this.id;
  }

  trail(area) {
    return this.frame.areas.path(area).map((code, index) => [
      index > 0 ? " › " : null,
      h("a", { href: `#/area/${encodeURIComponent(code)}`, translate: "no" }, this.frame.areas.name(code)),
    ]);
  }
}
