/// Planned work that lasts or is to come: seen by all whom it concerns, planned and cancelled by who may operate.
import { act, ask, Problem } from "../app/api.js";
import { data, h, morphChildren } from "../app/dom.js";
import { classes } from "../app/fleet.js";
import { wordsOf } from "../app/fold.js";
import { date, duration, localText, minuteOfDay, timeOfLocal } from "../app/format.js";
import { t, tOr } from "../app/language.js";
import { poll } from "../app/poll.js";
import { className } from "./tiles.js";

const kinds = ["device", "area", "class"];
const offered = 20;
const hour = 3600000;

export class PlannedWork {
  /// - subject: whose work is planned here, `{ device: "cam-1" }`; chosen in the form without it.
  /// - choose: which of all planned work is shown.
  constructor({ frame, fleet, signal, subject = null, choose = () => true }) {
    Object.assign(this, { frame, fleet, signal, subject, choose });
    this.windows = [];
    this.asked = null;
    this.fault = "";
    this.list = h("div", {}, h("p", { class: "dim" }, t("loading")));
    this.formPlace = h("div", { class: "planned-form" });
    this.told = h("p", { role: "status", class: "dim" });
    this.element = h("div", { class: "planned" }, this.list, this.told, this.formPlace);
    this.list.addEventListener("click", (event) => this.click(event));
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.formPlace.firstChild?.nodeName === "FORM") this.close();
    });
    this.polling = poll(() => this.load(), 5000, signal);
  }

  async load() {
    this.who = await this.frame.who;
    const answer = await ask("/v1/maintenance", {}, this.signal);
    this.windows = answer.maintenance.filter((window) => Date.parse(window.to) > Date.now() && this.choose(window));
    this.show();
  }

  show() {
    const lines = this.windows.map((window) => this.line(window));
    morphChildren(this.list, [
      lines.length > 0 ? h("ol", { class: "windows" }, lines) : h("p", { class: "calm" }, t("planned.none")),
      this.fault ? h("p", { class: "fault", role: "alert" }, this.fault) : null,
    ]);
    const isOpen = this.formPlace.firstChild?.nodeName === "FORM";
    if (isOpen) return;
    morphChildren(this.formPlace, [this.kinds().length > 0
      ? h("button", { type: "button", on: { click: () => this.open() } }, t("planned.plan")) : null]);
  }

  line(window) {
    const lasts = Date.parse(window.from) <= Date.now();
    const [kind] = kinds.filter((name) => window[name] !== undefined);
    return h("li", { class: `window ${lasts ? "lasting" : ""}`, "data-key": window.id, "data-window": window.id },
      h("p", { class: "window-head" },
        h("b", {}, t(lasts ? "planned.lasts" : "planned.comes")), " ", this.name(kind, window[kind]),
        h("span", { class: "dim window-time", translate: "no" }, `${minute(window.from)} – ${minute(window.to)}`)),
      h("p", { class: "dim" }, t("planned.by"), " ", data(window.by),
        window.note ? [" · ", h("q", { translate: "no" }, window.note)] : null),
      this.may(kind, window[kind]) ? this.doings(window) : null);
  }

  name(kind, value) {
    if (kind === "device") return h("a", { href: `#/device/${encodeURIComponent(value)}`, translate: "no" }, value);
    if (kind === "area") {
      return h("a", { href: `#/area/${encodeURIComponent(value)}`, translate: "no" }, this.frame.areas.name(value));
    }
    return h("span", {}, className(value));
  }

  doings(window) {
    const button = (name, key) => h("button", {
      type: "button", "data-do": name, "aria-label": `${t(key)}: ${window.note || window.id}`,
    }, t(key));
    return h("div", { class: "doings" }, this.asked === window.id
      ? [button("cancel", "planned.cancel.sure"), button("keep", "planned.cancel.not")]
      : button("ask", "planned.cancel"));
  }

  /// Whether the server would take it of who looks.
  may(kind, value) {
    if (!this.who?.scopes.includes("operate")) return false;
    const { areas, domains, agencies } = this.who;
    if (areas.length + domains.length + agencies.length === 0 || kind === "device") return true;
    if (kind === "class" || domains.length + agencies.length > 0) return false;
    return value === undefined || areas.some((outer) => this.frame.areas.isWithin(value, outer));
  }

  /// What work can be planned at from here.
  kinds() {
    if (this.subject === null) return kinds.filter((kind) => this.may(kind));
    return kinds.filter((kind) => this.subject[kind] !== undefined && this.may(kind, this.subject[kind]));
  }

  click(event) {
    const button = event.target.closest("button[data-do]");
    if (!button) return;
    const id = button.closest("[data-window]").dataset.window;
    const deed = button.dataset.do;
    this.asked = deed === "ask" ? id : null;
    this.fault = "";
    if (deed === "cancel") this.cancel(id);
    this.show();
    // The button that was pressed has become another one.
    this.list.querySelector(`[data-window="${CSS.escape(id)}"] button`)?.focus();
  }

  async cancel(id) {
    try {
      await act(`/v1/maintenance/${encodeURIComponent(id)}`, undefined, "DELETE");
      this.told.textContent = t("planned.cancelled");
    } catch (error) {
      this.fault = faultText(error);
    }
    await this.load().catch(() => this.show());
  }

  open() {
    const now = Math.floor(Date.now() / 60000) * 60000;
    const field = (name, control) => h("label", {}, t(`planned.field.${name}`), control);
    const time = (name, value) => h("input", { type: "datetime-local", name, value: localText(value), required: true });
    // A browser writes the fields as its own country does, where the first number may be the month.
    const span = h("p", { class: "dim plan-span" });
    const form = h("form", { class: "plan" },
      this.subject === null ? this.choice() : null,
      field("from", time("from", now)), field("to", time("to", now + 2 * hour)), span,
      field("note", h("input", { name: "note", maxlength: "500", autocomplete: "off" })),
      h("div", { class: "plan-do" },
        h("button", { type: "submit", class: "main" }, t("planned.save")),
        h("button", { type: "button", on: { click: () => this.close() } }, t("do.cancel"))),
      h("p", { class: "fault", role: "alert" }));
    const tell = () => morphChildren(span, spanOf(form.elements.from.value, form.elements.to.value));
    form.addEventListener("input", tell);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save(form);
    });
    tell();
    this.told.textContent = "";
    this.formPlace.replaceChildren(form);
    form.querySelector("select, input").focus();
  }

  close() {
    this.formPlace.replaceChildren();
    this.show();
    this.formPlace.querySelector("button")?.focus();
  }

  /// What the work is at: a kind, and one of it.
  choice() {
    const place = h("label", {});
    const kind = h("select", { name: "kind" }, this.kinds().map((name) =>
      h("option", { value: name }, t(`planned.kind.${name}`))));
    const list = h("datalist", { id: "planned-offered" });
    const fill = () => {
      const input = kind.value === "class"
        ? h("select", { name: "value" }, classes.map((name) => h("option", { value: name }, t(`class.${name}`))))
        : h("input", { name: "value", required: true, autocomplete: "off", list: "planned-offered" });
      list.replaceChildren();
      place.replaceChildren(t(`planned.field.${kind.value}`), input);
    };
    place.addEventListener("input", (event) => {
      if (kind.value !== "class") list.replaceChildren(...this.offer(kind.value, event.target.value));
    });
    kind.addEventListener("change", fill);
    fill();
    return [h("label", {}, t("planned.field.kind"), kind), place, list];
  }

  offer(kind, text) {
    const words = wordsOf(text);
    if (words.length === 0) return [];
    const found = kind === "area" ? this.frame.areas.find(words, offered) : this.fleet.find(words, offered);
    return found.map((one) => h("option", { value: one.code ?? one.id }, one.name ?? ""));
  }

  async save(form) {
    const fields = Object.fromEntries(new FormData(form));
    const fault = form.querySelector(".fault");
    const [from, to] = [timeOfLocal(fields.from), timeOfLocal(fields.to)];
    const subject = this.subject ?? { [fields.kind]: fields.value.trim() };
    fault.textContent = from < to ? "" : t("planned.fault.order");
    if (!(from < to)) return;
    const button = form.querySelector("button.main");
    button.disabled = true;
    try {
      await act("/v1/maintenance", {
        ...subject, from: new Date(from).toISOString(), to: new Date(to).toISOString(), note: fields.note.trim(),
      });
      this.close();
      this.told.textContent = t("planned.saved");
      await this.load().catch(() => this.show());
    } catch (error) {
      fault.textContent = faultText(error);
      button.disabled = false;
    }
  }
}

function minute(time) {
  return `${date(time)} ${minuteOfDay(time)}`;
}

function spanOf(from, to) {
  const [begin, end] = [timeOfLocal(from), timeOfLocal(to)];
  if (Number.isNaN(begin) || Number.isNaN(end)) return [];
  const length = end > begin ? [" (", h("span", {}, duration((end - begin) / 1000)), ")"] : [];
  return [data(`${minute(begin)} – ${minute(end)}`), ...length];
}

function faultText(error) {
  if (!(error instanceof Problem)) return t("fault.other");
  if (error.status === 404) return t("planned.fault.unknown");
  if (error.status === 400) return t("planned.fault.bad");
  return tOr(`fault.${error.kind}`, null) ?? t("fault.other");
}
