/// All alarms: those that last, and those that are over.
import { h } from "../app/dom.js";
import { t } from "../app/language.js";
import { AlarmList } from "../parts/alarm-list.js";
import { AlarmsByHour } from "../parts/hourly.js";
import { PlannedWork } from "../parts/planned.js";
import { classes } from "../app/fleet.js";

const severities = ["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"];

export default class AlarmsPage {
  constructor({ frame, fleet, signal, query }) {
    Object.assign(this, { frame, signal });
    this.title = t("alarms.title");
    this.chosen = { view: query.get("view") ?? "open", severity: "", class: "" };
    this.place = h("div", { class: "panel" });
    this.element = h("div", { class: "stack" }, h("h1", {}, this.title),
      h("div", { class: "halves" },
        h("div", { class: "stack" }, this.filters(), this.place),
        h("div", { class: "stack" },
          h("section", { class: "panel", "aria-label": t("overview.hourly") }, h("h2", {}, t("overview.hourly")),
            new AlarmsByHour({ signal }).element),
          h("section", { class: "panel", "aria-label": t("planned.title") }, h("h2", {}, t("planned.title")),
            new PlannedWork({ frame, fleet, signal }).element))));
  }

  begin() {
    this.renew();
  }

  filters() {
    const select = (name, options) => h("label", {}, t(`alarms.filter.${name}`), " ",
      h("select", { name }, options.map(([value, text]) =>
        h("option", { value, selected: this.chosen[name] === value }, text))));
    const form = h("form", { class: "filters" },
      select("view", [["open", t("alarms.view.open")], ["closed", t("alarms.view.closed")]]),
      select("severity", [["", t("devices.all")], ...severities.map((name) => [name, t(`severity.${name}`)])]),
      select("class", [["", t("devices.all")], ...classes.map((name) => [name, t(`class.${name}`)])]));
    form.addEventListener("change", (event) => {
      this.chosen[event.target.name] = event.target.value;
      this.renew();
    });
    return form;
  }

  /// The list of what was chosen; the one before ends.
  renew() {
    this.ending?.abort();
    this.ending = new AbortController();
    this.signal.addEventListener("abort", () => this.ending.abort());
    const { view, severity, class: kind } = this.chosen;
    const list = new AlarmList({
      frame: this.frame, signal: this.ending.signal, query: { severity, class: kind },
      states: view === "closed" ? ["closed"] : undefined,
    });
    this.place.replaceChildren(list.element);
  }
}
