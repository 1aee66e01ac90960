/// One area: how its devices are, its alarms, its quality, and one field of all of them together.
import { ask } from "../app/api.js";
import { data, h, morphChildren } from "../app/dom.js";
import { number } from "../app/format.js";
import { t } from "../app/language.js";
import { calmly, poll } from "../app/poll.js";
import { AlarmList } from "../parts/alarm-list.js";
import { Availability } from "../parts/availability.js";
import { QualityCalendar } from "../parts/calendar.js";
import { FieldChart } from "../parts/chart.js";
import { EventList } from "../parts/events.js";
import { drawable, fieldName, measurementName, ownTables, unitText } from "../parts/fields.js";
import { DeviceMap } from "../parts/map.js";
import { PlannedWork } from "../parts/planned.js";
import { Range } from "../parts/range.js";
import { bar, tiles } from "../parts/tiles.js";

const shown = 40;

export default class AreaPage {
  constructor({ frame, fleet, id, query, signal }) {
    Object.assign(this, { frame, fleet, id, signal });
    this.title = frame.areas.name(id);
    this.head = h("div", { class: "page-head" });
    this.tiles = h("div", { class: "tiles" });
    this.below = h("ol", { class: "worst" });
    this.mapPlace = h("div", { class: "map-place" });
    this.range = new Range({ span: query.get("range") ?? "24h", onChange: () => this.loadChart() });
    this.choice = h("select", { name: "field", "aria-label": t("area.field"), on: { change: () => this.makeChart() } });
    this.chartPlace = h("div", {});
    const panel = (title, ...children) =>
      h("section", { class: "panel", "aria-label": title }, h("h2", {}, title), children);
    const area = { area: id };
    this.element = h("div", { class: "area stack" }, this.head, this.tiles,
      h("div", { class: "halves" },
        h("div", { class: "stack" }, this.mapPlace,
          h("section", { class: "panel", "aria-label": t("area.readings") }, h("h2", {}, t("area.readings")),
            h("p", { class: "filters" }, this.choice), this.range.element, this.chartPlace),
          panel(t("quality.title"), new QualityCalendar({ query: area, signal }).element),
          panel(t("device.events"), new EventList({ query: area, signal, atMost: 20 }).element)),
        h("div", { class: "stack" },
          panel(t("overview.alarms"), new AlarmList({ frame, signal, query: area }).element),
          panel(t("planned.title"), new PlannedWork({
            frame, fleet, signal, subject: area, choose: (window) => this.concerns(window),
          }).element),
          panel(t("area.below"), this.below),
          panel(t("device.availability"), new Availability({ query: area, signal }).element))));
    fleet.addEventListener("change", calmly(() => this.show()), { signal });
  }

  begin() {
    this.show();
    this.addMap();
    poll(() => {
      if (this.range.isFollowing) this.loadChart();
    }, 60000, this.signal);
    this.loadFields();
  }

  /// Whether a device lies here; asked of each area once.
  isHere(device) {
    if (this.within === undefined || this.areasOf !== this.frame.areas) {
      this.within = new Map();
      this.areasOf = this.frame.areas;
    }
    let isWithin = this.within.get(device.area);
    if (isWithin === undefined) {
      isWithin = device.area !== null && this.frame.areas.isWithin(device.area, this.id);
      this.within.set(device.area, isWithin);
    }
    return isWithin;
  }

  /// Whether planned work is at anything of it: at a device, at a part or the whole, or at a class that may be here too.
  concerns(window) {
    const { areas } = this.frame;
    if (window.device !== undefined) {
      const device = this.fleet.byId.get(window.device);
      return device !== undefined && this.isHere(device);
    }
    if (window.area === undefined) return true;
    return areas.isWithin(window.area, this.id) || areas.isWithin(this.id, window.area);
  }

  async addMap() {
    try {
      const map = await DeviceMap.make({ frame: this.frame, signal: this.signal,
        choose: (device) => this.isHere(device) });
      if (this.signal.aborted) return;
      this.mapPlace.replaceChildren(map.element);
      map.begin();
      this.map = map;
    } catch {
      this.mapPlace.replaceChildren(h("p", { class: "notice" }, t("map.missing")));
    }
  }

  show() {
    this.title = this.frame.areas.name(this.id);
    const path = this.frame.areas.path(this.id).slice(0, -1);
    morphChildren(this.head, [
      path.length > 0 ? h("p", { class: "trail" }, path.map((code) => [
        h("a", { href: `#/area/${encodeURIComponent(code)}`, translate: "no" }, this.frame.areas.name(code)), " › "]))
          : null,
      h("h1", {}, data(this.title)), h("code", { translate: "no" }, this.id),
      h("p", {}, h("a", { href: `#/devices?area=${encodeURIComponent(this.id)}` }, t("area.devices"))),
    ].filter(Boolean));
    morphChildren(this.tiles, tiles(this.fleet.count((device) => this.isHere(device)),
      `&area=${encodeURIComponent(this.id)}`));
    morphChildren(this.below, this.parts());
    this.map?.update();
  }

  /// The areas right below, those with the most silent devices first.
  parts() {
    const counts = new Map();
    const tops = new Map();
    for (const device of this.fleet.list) {
      if (!this.isHere(device)) continue;
      if (!tops.has(device.area)) {
        const path = this.frame.areas.path(device.area);
        tops.set(device.area, path[path.indexOf(this.id) + 1] ?? null);
      }
      const code = tops.get(device.area);
      if (code === null) continue;
      let count = counts.get(code);
      if (!count) counts.set(code, (count = { all: 0, live: 0, late: 0, silent: 0, never: 0, foreign: 0 }));
      count.all += 1;
      count[device.state] += 1;
    }
    const sorted = [...counts].sort(([, a], [, b]) => b.silent - a.silent || b.late - a.late || b.all - a.all);
    if (sorted.length === 0) return [h("li", { class: "calm" }, t("area.below.none"))];
    return sorted.slice(0, shown).map(([code, count]) => h("li", { "data-key": code },
      h("a", { href: `#/area/${encodeURIComponent(code)}` }, data(this.frame.areas.name(code))),
      h("span", { class: "worst-count" }, count.silent > 0 ? h("b", { class: "silent" }, number(count.silent, 0)) : "0",
        " / ", number(count.all, 0)), bar(count)));
  }

  async loadFields() {
    const known = await ask("/v1/measurements", {}, this.signal);
    known.measurements = known.measurements.filter(({ name }) => !ownTables.has(name));
    const names = known.measurements.map((measurement) => measurement.name);
    this.fields = drawable(known.measurements, names, "sensor").filter((field) => field.type !== "boolean");
    morphChildren(this.choice, known.measurements.map((measurement) => {
      const name = measurementName(measurement.name);
      return h("optgroup", { label: typeof name === "string" ? name : measurement.name },
        this.fields.filter((field) => field.measurement === measurement.name).map((field) =>
          h("option", { value: `${measurement.name} ${field.name}` }, fieldName(measurement.name, field.name))));
    }));
    const [best] = this.fields;
    if (best) this.choice.value = `${best.measurement} ${best.name}`;
    this.makeChart();
  }

  makeChart() {
    const [measurement, ...rest] = this.choice.value.split(" ");
    const name = rest.join(" ");
    const field = this.fields.find((candidate) => candidate.measurement === measurement && candidate.name === name);
    if (!field) {
      this.chartPlace.replaceChildren(h("p", { class: "dim" }, t("device.noFields")));
      return;
    }
    this.chart?.end();
    this.chart = new FieldChart({
      measurement, field: name, unit: unitText(field.unit), query: { area: this.id }, range: this.range,
        signal: this.signal,
    });
    this.chartPlace.replaceChildren(this.chart.element);
    this.loadChart();
  }

  loadChart() {
    this.range.follow();
    this.chart?.load();
  }
}
