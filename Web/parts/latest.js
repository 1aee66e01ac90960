/// The newest values of a device, as one table.
import { ask } from "../app/api.js";
import { data, h, morphChildren } from "../app/dom.js";
import { age } from "../app/format.js";
import { t } from "../app/language.js";
import { poll } from "../app/poll.js";
import { fieldName, measurementName, ownTables, unitText, valueText } from "./fields.js";

export class Latest {
  /// - units: by `measurement field`, filled in by who knows them.
  constructor({ id, signal, units }) {
    Object.assign(this, { id, signal, units });
    this.element = h("div", { class: "latest" }, h("p", { class: "dim" }, t("loading")));
    poll(() => this.load(), 5000, signal);
  }

  async load() {
    const answer = await ask("/v1/latest", { device: this.id, limit: 100 }, this.signal);
    const rows = answer.rows.filter((row) => !ownTables.has(row.measurement));
    if (rows.length === 0) {
      morphChildren(this.element, [h("p", { class: "dim" }, t("latest.none"))]);
      return;
    }
    morphChildren(this.element, [h("table", {}, rows.map((row) => this.body(row)))]);
  }

  body(row) {
    const tags = Object.entries(row.tags ?? {}).map(([name, value]) => `${name}=${value}`).join(" ");
    const head = h("tr", {}, h("th", { scope: "rowgroup", colspan: "2" }, measurementName(row.measurement), " ",
      tags ? h("code", { translate: "no" }, tags) : null), h("td", { class: "number dim" }, age(row.time)));
    return h("tbody", { "data-key": `${row.measurement} ${tags}` }, head,
      Object.entries(row.fields).map(([name, value]) => h("tr", { "data-key": name },
        h("td", {}, fieldName(row.measurement, name)), h("td", { class: "number" }, valueText(value)),
        h("td", { class: "dim" }, data(unitText(this.units.get(`${row.measurement} ${name}`)))))));
  }
}
