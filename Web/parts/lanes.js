/// The lanes, and the journal that they write, as `/metrics` tells of them.
import { data, h } from "../app/dom.js";
import { age, duration, number, percent, short } from "../app/format.js";
import { t } from "../app/language.js";
import { total } from "../app/metrics.js";

const counters = {
  datagrams: "thinai_lane_datagrams_total", cpu: "thinai_lane_cpu_seconds_total",
  commits: "thinai_journal_syncs_total", waited: "thinai_journal_sync_seconds_total",
};

/// Those without sockets: of lines by HTTP, and of what the node tells itself. The ledger calls them so.
const accounts = { "lane-98": "http", "lane-99": "internal" };

/// What each lane did a second between two looks.
export class LaneRates {
  constructor() {
    this.before = null;
  }

  take(metrics) {
    const now = performance.now();
    const values = Object.fromEntries(
      Object.entries(counters).map(([name, metric]) => [name, byLane(metrics, metric)]));
    const seconds = this.before ? (now - this.before.now) / 1000 : NaN;
    const lanes = [...values.datagrams.keys()].sort().map((lane) => {
      const rate = (name) => (values[name].has(lane)
        ? Math.max(0, (values[name].get(lane) - this.before?.values[name].get(lane)) / seconds) : null);
      return {
        lane, datagrams: rate("datagrams"), busy: rate("cpu"), commits: rate("commits"), waited: rate("waited"),
        dropped: byLane(metrics, "thinai_lane_kernel_dropped_total").get(lane) ?? null,
        lag: byLane(metrics, "thinai_journal_lag_seconds").get(lane) ?? 0,
        last: byLane(metrics, "thinai_journal_last_sync_timestamp_seconds").get(lane) ?? null,
      };
    });
    this.before = { now, values };
    return lanes;
  }
}

function byLane(metrics, name) {
  return new Map((metrics.get(name) ?? []).map(({ labels, value }) => [labels.lane, value]));
}

export function laneTable(lanes) {
  const head = (name, kind = "number") => h("th", { scope: "col", class: kind }, t(`lanes.column.${name}`));
  return h("table", { class: "lanes" },
    h("thead", {}, h("tr", {}, head("lane", null), head("datagrams"), head("dropped"), head("busy"), head("commits"),
      head("lag"), head("last"))),
    h("tbody", {}, lanes.map((lane) => h("tr", { "data-key": lane.lane },
      h("td", {}, data(lane.lane), " ", accounts[lane.lane]
        ? h("span", { class: "dim", translate: "no" }, accounts[lane.lane]) : null),
      h("td", { class: "number" }, short(lane.datagrams)),
      h("td", { class: `number ${lane.dropped > 0 ? "bad" : ""}` },
        lane.dropped === null ? "" : number(lane.dropped, 0)),
      h("td", { class: "number" }, lane.busy === null ? "" : share(lane.busy)),
      h("td", { class: "number" }, short(lane.commits)),
      h("td", { class: "number" }, lane.last === null ? "–" : millis(lane.lag)),
      h("td", { class: "number" }, lane.last === null ? t("time.never") : age(lane.last * 1000))))));
}

function share(busy) {
  return Number.isNaN(busy) ? "–" : percent(Math.min(1, busy));
}

/// Some thousandths of a second.
export function millis(seconds) {
  if (seconds >= 10) return duration(seconds);
  return t("unit.millisecond", { n: number(seconds * 1000, seconds < 0.01 ? 1 : 0) });
}

/// Of the journal and the seals: name and text.
export function journalFacts(lanes, metrics, bytes) {
  const last = Math.max(...lanes.map((lane) => lane.last ?? 0));
  const seal = total(metrics, "thinai_last_seal_timestamp_seconds");
  const [commits, waited] = ["commits", "waited"].map((name) =>
    lanes.reduce((sum, lane) => sum + (lane[name] ?? 0), 0));
  return [
    ["journal", data(`${number(total(metrics, "thinai_journal_segments"), 0)} · ${
      bytes(total(metrics, "thinai_journal_bytes"))}`)],
    ["durable", last === 0 ? t("time.never") : age(last * 1000)],
    ["commit", commits > 0 ? millis(waited / commits) : "–"],
    ["lag", millis(Math.max(0, ...lanes.map((lane) => lane.lag)))],
    ["seals", number(total(metrics, "thinai_seals_total"), 0), total(metrics, "thinai_seal_failures_total")],
    ["sealed", seal === 0 ? t("time.never") : age(seal * 1000)],
  ];
}
