/// Devices that were heard without being in the registry, each adopted in one step.
import { ask } from "../app/api.js";
import { data, h, morphChildren } from "../app/dom.js";
import { classes } from "../app/fleet.js";
import { age, number } from "../app/format.js";
import { t, tOr } from "../app/language.js";
import { poll } from "../app/poll.js";
import { adopt } from "../app/registry.js";

const shown = 200;

export default class UnknownPage {
  constructor({ frame, fleet, signal }) {
    Object.assign(this, { frame, fleet, signal });
    this.title = t("unknown.title");
    this.list = h("div", { class: "table-box", tabindex: "0", role: "region", "aria-label": this.title });
    this.formPlace = h("div", {});
    this.told = h("p", { role: "status" });
    this.element = h("div", { class: "stack" }, h("h1", {}, this.title), h("p", { class: "dim" }, t("unknown.hint")),
      this.told, this.formPlace, this.list);
    this.list.addEventListener("click", (event) => {
      const { adopt: id } = event.target.dataset ?? {};
      if (id) this.open(id);
    });
  }

  begin() {
    this.polling = poll(() => this.load(), 5000, this.signal);
  }

  async load() {
    const answer = await ask("/v1/devices", { status: "unknown", limit: shown }, this.signal);
    this.devices = answer.devices;
    if (this.devices.length === 0) {
      morphChildren(this.list, [h("p", { class: "notice" }, t("unknown.none"))]);
      return;
    }
    const column = (name) => h("th", { scope: "col" }, t(`unknown.column.${name}`));
    morphChildren(this.list, [h("table", {},
      h("thead", {}, h("tr", {}, column("id"), column("measurements"), column("from"), column("seen"), column("do"))),
      h("tbody", {}, this.devices.map((device) => this.row(device))))]);
  }

  row(device) {
    const { refused } = device;
    return h("tr", { "data-key": `${device.id} ${refused?.source ?? ""}`, "data-unknown": device.id },
      h("td", {}, data(device.id)), h("td", {}, data(device.measurements.join(", "))),
      h("td", {}, refused ? [data(`${refused.source} `), h("span", { class: "dim" },
        t("unknown.refused", { n: number(refused.count, 0) }))] : ""),
      h("td", { class: "dim" }, device.last_seen ? age(device.last_seen) : ""),
      h("td", {}, h("button", {
        type: "button", "data-adopt": device.id, "aria-label": `${t("unknown.adopt")}: ${device.id}`,
      }, t("unknown.adopt"))));
  }

  /// Asks for what the registry wants to know; what can be guessed is filled in.
  open(id) {
    const device = this.devices.find((candidate) => candidate.id === id);
    const guess = guessed(device);
    const field = (name, control) => h("label", {}, t(`unknown.field.${name}`), control);
    const input = (name, given) => h("input", { name, autocomplete: "off", ...given });
    const form = h("form", { class: "panel adopt" },
      h("h2", {}, t("unknown.adopting"), " ", data(id)),
      field("class", h("select", { name: "class" }, classes.map((name) =>
        h("option", { value: name, selected: name === guess }, t(`class.${name}`))))),
      field("name", input("name", { value: id })),
      field("area", input("area", { list: "adopt-areas", required: true })), this.areaList(),
      field("domain", h("select", { name: "domain" }, this.known("domain").map((name) =>
        h("option", { value: name }, tOr(`domain.${name}`, name))))),
      field("agency", input("agency", { list: "adopt-agencies" })),
      h("datalist", { id: "adopt-agencies" }, this.known("agency").map((name) => h("option", { value: name }))),
      field("latitude", input("latitude", { inputmode: "decimal", pattern: "-?[0-9]+([.,][0-9]+)?" })),
      field("longitude", input("longitude", { inputmode: "decimal", pattern: "-?[0-9]+([.,][0-9]+)?" })),
      field("interval", input("interval", { inputmode: "numeric", pattern: "[0-9]+", value: "60" })),
      h("button", { type: "submit", class: "main" }, t("unknown.adopt")),
      h("button", { type: "button", on: { click: () => this.formPlace.replaceChildren() } }, t("do.cancel")),
      h("p", { class: "fault", role: "alert" }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(device, form);
    });
    this.formPlace.replaceChildren(form);
    form.querySelector("[name=name]").focus();
  }

  areaList() {
    const areas = [...this.frame.areas.all.values()].filter((area) => area.isValid);
    return h("datalist", { id: "adopt-areas" }, areas.map((area) => h("option", { value: area.code }, area.name)));
  }

  known(column) {
    return [...new Set(this.fleet.list.map((device) => device[column]).filter(Boolean))].sort();
  }

  async send(device, form) {
    const fields = Object.fromEntries(new FormData(form));
    const point = (text) => text.replace(",", ".");
    const fault = form.querySelector(".fault");
    const button = form.querySelector("button.main");
    button.disabled = true;
    fault.textContent = "";
    try {
      await adopt({
        ...fields, id: device.id, latitude: point(fields.latitude), longitude: point(fields.longitude),
        addresses: device.refused?.source ?? "",
      });
      this.formPlace.replaceChildren();
      this.told.textContent = t("unknown.adopted", { id: device.id });
      this.polling.now();
    } catch (error) {
      const known = error.kind ? tOr(`fault.${error.kind}`, null) : null;
      fault.textContent = error.kind === "registry" ? `${t("fault.registry")}: ${error.message}`
        : known ?? t("fault.other");
      button.disabled = false;
    }
  }
}

/// What a device may be, by what it sends.
function guessed(device) {
  const names = device.measurements.join(" ");
  if (names.includes("camera")) return "camera";
  if (names.includes("bts")) return "bts";
  if (names.includes("gateway")) return "gateway";
  return "sensor";
}
