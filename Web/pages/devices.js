/// A table of all devices: sorted, filtered, page by page, and as a file for a spreadsheet.
import { csvText, download } from "../app/csv.js";
import { data, h, morphChildren } from "../app/dom.js";
import { classes, folded } from "../app/fleet.js";
import { wordsOf } from "../app/fold.js";
import { age, moment, number } from "../app/format.js";
import { t, tOr } from "../app/language.js";
import { calmly } from "../app/poll.js";
import { domainName } from "../parts/domains.js";
import { className, stateMark } from "../parts/tiles.js";

const rows = 50;
const stateRank = { silent: 0, late: 1, never: 2, foreign: 3, live: 4 };
const columns = ["state", "id", "name", "class", "area", "domain", "seen"];

export default class Devices {
  constructor({ frame, fleet, query, signal }) {
    Object.assign(this, { frame, fleet, signal });
    this.title = t("devices.title");
    this.q = query.get("q") ?? "";
    this.class = query.get("class") ?? "";
    this.state = query.get("state") ?? "";
    this.area = query.get("area") ?? "";
    this.sort = query.get("sort") ?? "state";
    this.isDown = query.get("down") === "1";
    this.page = Number(query.get("page") ?? 0);
    this.table = h("div", { class: "table-box", tabindex: "0", role: "region", "aria-label": this.title });
    this.foot = h("div", { class: "table-foot" });
    this.count = h("p", { class: "dim", role: "status" });
    this.element = h("div", { class: "devices" }, h("h1", {}, this.title), this.filters(), this.count, this.table,
      this.foot);
    this.table.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-sort]");
      if (button) this.sortBy(button.dataset.sort);
    });
    this.foot.addEventListener("click", (event) => this.turn(event));
    fleet.addEventListener("change", calmly(() => this.show()), { signal });
    this.show();
  }

  filters() {
    const select = (name, label, options) => h("label", {}, label, " ",
      h("select", { name, "data-filter": name }, options.map(([value, text]) =>
        h("option", { value, selected: this[name] === value }, text))));
    const form = h("form", { class: "filters" },
      h("label", {}, t("devices.search"), " ",
        h("input", { type: "search", name: "q", value: this.q, "data-filter": "q", autocomplete: "off" })),
      select("class", t("devices.class"),
        [["", t("devices.all")], ...classes.map((name) => [name, t(`class.${name}`)])]),
      select("state", t("devices.state"),
        [["", t("devices.all")], ...Object.keys(stateRank).map((name) => [name, t(`state.${name}`)])]),
      this.area ? h("p", { class: "chip" }, data(this.frame.areas.name(this.area)), " ",
        h("button", { type: "button", "data-clear": "area", "aria-label": t("devices.clearArea") }, "×")) : null,
      h("button", { type: "button", id: "csv", on: { click: () => this.save() } }, t("devices.csv")));
    form.addEventListener("input", (event) => {
      this[event.target.dataset.filter] = event.target.value;
      this.page = 0;
      this.show();
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("click", (event) => {
      if (!event.target.dataset.clear) return;
      this.area = "";
      event.target.closest(".chip").remove();
      this.show();
    });
    return form;
  }

  chosen() {
    const words = wordsOf(this.q);
    const within = new Map();
    const isWithin = (code) => {
      if (!within.has(code)) within.set(code, this.frame.areas.isWithin(code, this.area));
      return within.get(code);
    };
    const found = this.fleet.list.filter((device) =>
      (this.class === "" || device.class === this.class) && (this.state === "" || device.state === this.state)
      && (this.area === "" || (device.area !== null && isWithin(device.area)))
      && words.every((word) => folded(device).includes(word)));
    return found.sort(this.order());
  }

  order() {
    const sign = this.isDown ? -1 : 1;
    const collator = new Intl.Collator("vi", { numeric: true });
    const byId = (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
    const values = {
      state: (a, b) => stateRank[a.state] - stateRank[b.state],
      id: () => 0,
      name: (a, b) => collator.compare(a.name ?? "", b.name ?? ""),
      class: (a, b) => (a.class ?? "").localeCompare(b.class ?? ""),
      area: (a, b) => collator.compare(this.frame.areas.name(a.area), this.frame.areas.name(b.area)),
      domain: (a, b) => (a.domain ?? "").localeCompare(b.domain ?? ""),
      seen: (a, b) => (a.seen ?? 0) - (b.seen ?? 0),
    };
    const compare = values[this.sort] ?? values.state;
    return (a, b) => sign * (compare(a, b) || byId(a, b));
  }

  sortBy(column) {
    this.isDown = this.sort === column ? !this.isDown : false;
    this.sort = column;
    this.page = 0;
    this.show();
  }

  show() {
    const found = this.chosen();
    this.found = found;
    const last = Math.max(0, Math.ceil(found.length / rows) - 1);
    this.page = Math.min(this.page, last);
    const shown = found.slice(this.page * rows, (this.page + 1) * rows);
    const more = this.fleet.isWhole ? "" : ` ${t("loading")}`;
    this.count.textContent =
      t("devices.count", { n: number(found.length, 0), all: number(this.fleet.list.length, 0) }) + more;
    const head = h("thead", {}, h("tr", {}, columns.map((column) => h("th", {
      scope: "col", "aria-sort": this.sort === column ? (this.isDown ? "descending" : "ascending") : null,
    }, h("button", { type: "button", "data-sort": column }, t(`devices.column.${column}`))))));
    morphChildren(this.table, [h("table", {}, head, h("tbody", {}, shown.map((device) => this.row(device))))]);
    morphChildren(this.foot, [
      h("button", { type: "button", "data-turn": "-1", disabled: this.page === 0 }, t("devices.before")),
      h("span", {}, t("devices.page", { n: number(this.page + 1, 0), all: number(last + 1, 0) })),
      h("button", { type: "button", "data-turn": "1", disabled: this.page === last }, t("devices.next")),
    ]);
  }

  row(device) {
    const link = device.state === "foreign" ? "#/unknown" : `#/device/${encodeURIComponent(device.id)}`;
    return h("tr", { "data-key": device.id, "data-state": device.state },
      h("td", {}, stateMark(device.state)),
      h("td", {}, h("a", { href: link, translate: "no" }, device.id)),
      h("td", { translate: "no" }, device.name ?? ""),
      h("td", {}, device.class ? className(device.class) : ""),
      h("td", {}, device.area ? h("a", { href: `#/area/${encodeURIComponent(device.area)}`, translate: "no" },
        this.frame.areas.name(device.area)) : ""),
      h("td", {}, device.domain ? domainName(device.domain) : ""),
      h("td", { class: "number", title: moment(device.seen) }, device.seen === null ? t("time.never")
        : age(device.seen)));
  }

  turn(event) {
    const turn = Number(event.target.dataset?.turn ?? 0);
    if (!turn) return;
    this.page += turn;
    this.show();
    this.table.scrollTop = 0;
  }

  save() {
    download(`thiet-bi-${new Date().toISOString().slice(0, 10)}.csv`, deviceTable(this.found, this.frame.areas));
  }
}

/// Devices as a spreadsheet takes them, names beside codes.
export function deviceTable(devices, areas) {
  const heads = [
    "id", "name", "class", "className", "area", "areaName", "domain", "domainName", "agency", "latitude", "longitude",
    "interval", "state", "stateName", "seen",
  ];
  const lines = devices.map((device) => [
    device.id, device.name, device.class, device.class ? tOr(`class.${device.class}`, device.class) : "", device.area,
    device.area ? areas.name(device.area) : "", device.domain,
    device.domain ? tOr(`domain.${device.domain}`, device.domain) : "", device.agency, device.latitude,
    device.longitude, device.interval, device.state, t(`state.${device.state}`),
    device.seen === null ? "" : moment(device.seen),
  ]);
  return csvText([heads.map((head) => t(`csv.${head}`)), ...lines]);
}
