/// How the province is, and where to look next.
import { ask, Problem } from "../app/api.js";
import { data, h, morphChildren } from "../app/dom.js";
import { number, short } from "../app/format.js";
import { t } from "../app/language.js";
import { calmly, poll } from "../app/poll.js";
import { AlarmList } from "../parts/alarm-list.js";
import { DomainList } from "../parts/domains.js";
import { AlarmsByHour } from "../parts/hourly.js";
import { DeviceMap } from "../parts/map.js";
import { bar, tiles } from "../parts/tiles.js";
import { lossesOf, LedgerRate } from "../parts/ledger.js";

export default class Overview {
  constructor({ frame, fleet, signal }) {
    Object.assign(this, { frame, fleet, signal });
    this.title = t("overview.title");
    this.tiles = h("div", { class: "tiles", "aria-live": "off" });
    this.worst = h("ol", { class: "worst" });
    this.flow = h("div", { class: "came-in" });
    this.alarmCount = h("span", { class: "count", translate: "no" });
    this.alarms = new AlarmList({
      frame, signal, isCompact: true, onChange: (list) => this.countAlarms(list),
    });
    this.hourly = new AlarmsByHour({ signal });
    this.domains = new DomainList({ frame, signal });
    this.mapPlace = h("div", { class: "map-place" });
    const panel = (name, title, ...children) =>
      h("section", { class: `panel ${name}`, "aria-label": title }, h("h2", {}, title), children);
    this.element = h("div", { class: "overview" },
      h("h1", { class: "unseen" }, this.title),
      h("div", { class: "column left" }, this.tiles,
        panel("panel-worst", t("overview.worst"), this.worst),
          panel("panel-domains", t("overview.domains"), this.domains.element)),
      h("div", { class: "column middle" }, this.mapPlace, panel("panel-flow", t("overview.flow"), this.flow)),
      h("div", { class: "column right" },
        h("section", { class: "panel panel-alarms", "aria-label": t("overview.alarms") },
          h("h2", {}, h("a", { href: "#/alarms" }, t("overview.alarms")), " ", this.alarmCount), this.alarms.element),
        panel("panel-hourly", t("overview.hourly"), this.hourly.element)));
    this.redraw = calmly(() => this.show());
    fleet.addEventListener("change", this.redraw, { signal });
  }

  begin() {
    this.show();
    this.addMap();
    const rate = new LedgerRate();
    poll(async () => {
      try {
        this.showFlow(rate.take(await ask("/v1/ledger", {}, this.signal)));
      } catch (error) {
        // Of the whole node only those learn who may see all of it.
        if (!(error instanceof Problem) || error.status !== 403) throw error;
        morphChildren(this.flow, [h("p", { class: "dim" }, t("engine.notYours"))]);
      }
    }, 2000, this.signal);
  }

  async addMap() {
    try {
      const map = await DeviceMap.make({ frame: this.frame, signal: this.signal });
      if (this.signal.aborted) return;
      this.mapPlace.replaceChildren(map.element);
      map.begin();
      this.map = map;
    } catch (error) {
      this.mapPlace.replaceChildren(h("p", { class: "notice" }, t("map.missing")));
    }
  }

  countAlarms(list) {
    const open = list.alarms.filter((alarm) => alarm.state === "active").length;
    this.alarmCount.textContent = number(open, 0) + (list.isMore ? "+" : "");
    this.alarmCount.className = `count ${open > 0 ? "some" : ""}`;
  }

  show() {
    if (this.fleet.list.length === 0 && !this.fleet.counted?.total) {
      const text = this.fleet.isWhole ? t("overview.empty") : t("loading");
      morphChildren(this.tiles, [h("p", { class: "dim" }, text)]);
      morphChildren(this.worst, []);
    } else {
      morphChildren(this.tiles, tiles(this.fleet.count()));
      morphChildren(this.worst, this.worstAreas());
    }
    this.map?.update();
  }

  /// Areas with silent devices, the most of them first.
  worstAreas() {
    const { counted } = this.fleet;
    return this.areaLines(counted ? counted.areas : this.areaCounts());
  }

  areaCounts() {
    const areas = new Map();
    for (const device of this.fleet.list) {
      if (!device.area) continue;
      let count = areas.get(device.area);
      if (!count) areas.set(device.area, (count = { all: 0, live: 0, late: 0, silent: 0, never: 0, foreign: 0 }));
      count.all += 1;
      count[device.state] += 1;
    }
    return [...areas];
  }

  areaLines(areas) {
    const worst = areas.filter(([, count]) => count.silent > 0)
      .sort(([, a], [, b]) => b.silent - a.silent || b.silent / b.all - a.silent / a.all).slice(0, 8);
    if (worst.length === 0) return [h("li", { class: "calm" }, t("overview.worst.none"))];
    return worst.map(([code, count]) => h("li", { "data-key": code },
      h("a", { href: `#/area/${encodeURIComponent(code)}` }, data(this.frame.areas.name(code))),
      h("span", { class: "worst-count" }, h("b", { class: "silent" }, number(count.silent, 0)), " / ",
        number(count.all, 0)), bar(count)));
  }

  showFlow({ rates, total }) {
    const losses = lossesOf(total);
    const figure = (value, name) => h("div", { class: "figure" }, h("b", {}, value), h("span", {}, name));
    morphChildren(this.flow, [
      h("div", { class: "figures" },
        figure(short(rates.readings), t("flow.readings")), figure(short(rates.received), t("flow.datagrams")),
        figure(short(rates.stored), t("flow.stored"))),
      losses.length === 0
        ? h("p", { class: "calm" }, t("flow.nothingLost"))
        : h("ul", { class: "losses" }, losses.slice(0, 6).map((loss) =>
          h("li", { "data-key": loss.key, class: loss.isBad ? "bad" : "" },
            h("a", { href: "#/engine" }, loss.text, loss.code ? [" ", h("code", { translate: "no" }, loss.code)]
              : null),
            " ", h("b", {}, number(loss.count, 0))))),
    ]);
  }
}
