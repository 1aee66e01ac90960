/// A sheet for the duty book: how things are at this moment, to print and sign.
import { ask } from "../app/api.js";
import { data, h, morphChildren } from "../app/dom.js";
import { duration, moment, number } from "../app/format.js";
import { t, tOr } from "../app/language.js";
import { calmly, poll } from "../app/poll.js";
import { className } from "../parts/tiles.js";

const states = ["live", "late", "silent", "never"];
const most = 200;

export default class DutyPage {
  constructor({ frame, fleet, signal }) {
    Object.assign(this, { frame, fleet, signal });
    this.title = t("duty.title");
    this.time = h("p", {});
    this.counts = h("section", {});
    this.alarms = h("section", {});
    this.element = h("div", { class: "duty-sheet panel" },
      h("p", { class: "no-print filters" }, h("span", { class: "dim" }, t("duty.hint")),
        h("button", { type: "button", class: "push", on: { click: () => print() } }, t("duty.print"))),
      h("h1", {}, this.title), this.time, this.counts, this.alarms,
      h("section", {}, h("h2", {}, t("duty.notes")), h("p", { class: "ruled" }), h("p", { class: "ruled" }),
        h("p", { class: "signed" }, h("span", {}, t("duty.from")), h("span", {}, t("duty.to")))));
    fleet.addEventListener("change", calmly(() => this.show()), { signal });
  }

  begin() {
    this.show();
    poll(() => this.load(), 15000, this.signal);
  }

  show() {
    this.time.textContent = t("duty.at", { time: moment(Date.now()) });
    const cell = (value) => h("td", { class: "number" }, number(value, 0));
    const counts = [...this.fleet.count()].filter(([name]) => name !== "").sort(([a], [b]) => (a < b ? -1 : 1));
    morphChildren(this.counts, [h("h2", {}, t("duty.devices")), h("table", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("devices.class")),
        h("th", { scope: "col", class: "number" }, t("devices.all")),
        states.map((state) => h("th", { scope: "col", class: "number" }, t(`state.${state}`))))),
      h("tbody", {}, counts.map(([name, count]) => h("tr", {}, h("td", {}, className(name)), cell(count.all),
        states.map((state) => cell(count[state]))))))]);
  }

  async load() {
    const answers = await Promise.all(["active", "acknowledged", "shelved"].map((state) =>
      ask("/v1/alarms", { state, limit: most }, this.signal)));
    const alarms = answers.flatMap((answer) => answer.alarms).slice(0, most);
    const column = (name) => h("th", { scope: "col" }, t(`duty.column.${name}`));
    morphChildren(this.alarms, [h("h2", {}, t("duty.alarms", { n: number(alarms.length, 0) })),
      alarms.length === 0 ? h("p", {}, t("alarms.none")) : h("table", {},
        h("thead", {}, h("tr", {}, column("opened"), column("age"), column("severity"), column("message"),
          column("owner"))),
        h("tbody", {}, alarms.map((alarm) => h("tr", { "data-key": alarm.id },
          h("td", {}, data(moment(alarm.opened))), h("td", {},
            duration((Date.now() - Date.parse(alarm.opened)) / 1000)),
          h("td", {}, tOr(`severity.${alarm.severity}`, alarm.severity)), h("td", {}, data(alarm.message)),
          h("td", {}, alarm.acknowledged ? data(`${alarm.acknowledged.by} ${alarm.acknowledged.note ?? ""}`)
            : alarm.shelved ? data(`${alarm.shelved.by} ${alarm.shelved.note ?? ""}`) : "")))))]);
  }
}
