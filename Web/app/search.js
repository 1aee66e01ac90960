/// Finds devices and areas by id or name, with or without marks. `/` goes there.
import { data, h, morphChildren } from "./dom.js";
import { wordsOf } from "./fold.js";
import { t } from "./language.js";

const shown = 8;

export class Search {
  constructor(fleet, areas) {
    this.fleet = fleet;
    this.areas = areas;
    this.input = h("input", {
      type: "search", id: "search", placeholder: t("search.hint"), "aria-label": t("search.label"),
      autocomplete: "off", spellcheck: "false", enterkeyhint: "search",
    });
    this.found = h("ul", { id: "search-found", class: "found", "aria-label": t("search.found"), hidden: true });
    this.element = h("form", { role: "search", class: "search" }, this.input, this.found);
  }

  attach(signal) {
    this.input.addEventListener("input", () => this.look(), { signal });
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      const first = this.found.querySelector("a");
      if (first && this.found.children.length === 1) first.click();
      else location.hash = `#/devices?q=${encodeURIComponent(this.input.value)}`;
      this.close();
    }, { signal });
    this.element.addEventListener("keydown", (event) => this.move(event), { signal });
    this.found.addEventListener("click", () => this.close(), { signal });
    this.element.addEventListener("focusout", (event) => {
      if (!this.element.contains(event.relatedTarget)) this.found.hidden = true;
    }, { signal });
    document.addEventListener("keydown", (event) => {
      const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (event.key === "/" && !isTyping) {
        event.preventDefault();
        this.input.focus();
      }
    }, { signal });
  }

  look() {
    const words = wordsOf(this.input.value);
    if (words.length === 0) {
      this.found.hidden = true;
      return;
    }
    const areas = this.areas().find(words, 3);
    const devices = this.fleet().find(words, shown - areas.length);
    morphChildren(this.found, [
      ...areas.map((area) => this.line(`#/area/${encodeURIComponent(area.code)}`, area.name, area.code)),
      ...devices.map((device) =>
        this.line(`#/device/${encodeURIComponent(device.id)}`, device.name ?? device.id, device.id, device.state)),
    ]);
    if (areas.length + devices.length === 0) morphChildren(this.found,
      [h("li", { class: "nothing" }, t("search.nothing"))]);
    this.found.hidden = false;
  }

  line(href, name, code, state) {
    return h("li", {},
      h("a", { href }, h("span", { class: `dot ${state ?? "area"}`, "aria-hidden": "true" }), data(name), " ",
        h("code", { translate: "no" }, code)));
  }

  move(event) {
    if (event.key === "Escape") return this.close();
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const lines = [this.input, ...this.found.querySelectorAll("a")];
    const at = lines.indexOf(document.activeElement);
    const next = lines[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }

  close() {
    this.found.hidden = true;
    this.input.blur();
  }
}
