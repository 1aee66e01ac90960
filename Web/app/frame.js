/// What stands around every page: the way to the others, search, the connection, language and theme.
import { ask, isConnected, link, logout } from "./api.js";
import { Areas } from "./areas.js";
import { data, h, morphChildren } from "./dom.js";
import { Fleet } from "./fleet.js";
import { moment, timeOfDay } from "./format.js";
import { language, switchLanguage, t } from "./language.js";
import { listen } from "./live.js";
import { Search } from "./search.js";

const pages = {
  "": () => import("../pages/overview.js"),
  area: () => import("../pages/area.js"),
  devices: () => import("../pages/devices.js"),
  device: () => import("../pages/device.js"),
  alarms: () => import("../pages/alarms.js"),
  engine: () => import("../pages/engine.js"),
  unknown: () => import("../pages/unknown.js"),
  duty: () => import("../pages/duty.js"),
};
const ways = ["", "devices", "alarms", "duty", "unknown", "engine"];

export class Frame {
  constructor(root, settings) {
    this.settings = settings;
    this.ending = new AbortController();
    const signal = this.ending.signal;
    this.fleet = new Fleet();
    this.areas = new Areas([], "");
    this.main = h("main", { id: "main", tabindex: "-1" });
    this.root = root;
    root.replaceChildren(
      h("a", { class: "skip", href: "#main", on: { click: (event) => this.skip(event) } }, t("frame.skip")),
      this.header(), this.main);
    window.addEventListener("hashchange", () => this.show(), { signal });
    link.addEventListener("change", () => this.showConnection(), { signal });
    this.clock = setInterval(() => this.tick(), 1000);
    this.search.attach(signal);
    this.load(signal);
    this.tick();
    this.show();
  }

  load(signal) {
    listen({ types: "event", kind: "device." }, (_, event) => this.fleet.hear(event), signal);
    this.fleet.run(signal);
    this.loadAreas(signal);
    this.who = this.askWho(signal);
  }

  /// Who looks, and what they may do: nothing is shown to press that would be refused.
  async askWho(signal) {
    while (!signal.aborted) {
      try {
        return await ask("/v1/session", {}, signal);
      } catch {
        await new Promise((resume) => setTimeout(resume, 5000));
      }
    }
    return null;
  }

  /// Once: areas change by the year.
  async loadAreas(signal) {
    try {
      this.areas = await Areas.load(signal);
      this.fleet.tell();
    } catch {
      if (!signal.aborted) setTimeout(() => this.loadAreas(signal), 5000);
    }
  }

  header() {
    this.search = new Search(() => this.fleet, () => this.areas);
    this.links = ways.map((way) => h("a", { href: `#/${way}` }, t(`way.${way || "overview"}`)));
    this.state = h("span", { class: "connection", role: "status" });
    this.time = h("time", { class: "clock", translate: "no" });
    const tools = [
      h("button", { type: "button", id: "language", on: { click: () => this.changeLanguage() } },
        h("span", { translate: "no", lang: language() === "vi" ? "en" : "vi" },
          language() === "vi" ? "English" : "Tiếng Việt")),
      h("button", {
        type: "button", id: "theme", title: t("frame.theme"), "aria-label": t("frame.theme"),
        on: { click: () => this.changeTheme() },
      }, h("span", { "aria-hidden": "true" }, "◐")),
    ];
    if (this.settings.tokens) {
      tools.push(h("button", { type: "button", id: "logout", on: { click: () => this.leave() } }, t("frame.logout")));
    }
    this.showConnection();
    return h("header", { class: "bar" },
      h("a", { class: "brand", href: "#/" }, data("ThiNai")),
      h("nav", { "aria-label": t("frame.ways") }, this.links),
      this.search.element, this.state, this.time, h("div", { class: "tools" }, tools));
  }

  showConnection() {
    const isOn = isConnected();
    this.state.className = `connection ${isOn ? "on" : "off"}`;
    if (!isOn) this.lostAt ??= Date.now();
    else this.lostAt = null;
    morphChildren(this.state, isOn
      ? [h("span", {}, t("frame.live"))]
      : [h("span", {}, t("frame.lost")), " ", data(timeOfDay(this.lostAt))]);
  }

  tick() {
    const text = moment(Date.now());
    if (this.time.textContent !== text) this.time.textContent = text;
    this.page?.tick?.();
  }

  /// The page that the address names: `#/device/cam-0001?range=7d`.
  async show() {
    const [path, query] = (location.hash.replace(/^#\/?/, "") || "").split("?");
    const [name, ...rest] = path.split("/");
    const load = pages[name] ?? pages[""];
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const { default: Page } = await load();
    if (turn !== this.turn || this.ending.signal.aborted) return;
    this.pageEnding?.abort();
    this.pageEnding = new AbortController();
    this.ending.signal.addEventListener("abort", () => this.pageEnding.abort());
    this.page = new Page({
      frame: this, fleet: this.fleet, id: rest.length ? decodeURIComponent(rest.join("/")) : null,
      query: new URLSearchParams(query ?? ""), signal: this.pageEnding.signal, settings: this.settings,
    });
    this.main.replaceChildren(this.page.element);
    this.main.className = `page-${name || "overview"}`;
    this.root.className = `on-${name || "overview"}`;
    this.page.begin?.();
    document.title = `${this.page.title} · ThiNai`;
    for (const [index, way] of ways.entries()) {
      const isHere = way === name || (way === "devices" && name === "device");
      if (isHere) this.links[index].setAttribute("aria-current", "page");
      else this.links[index].removeAttribute("aria-current");
    }
    scrollTo(0, 0);
  }

  skip(event) {
    event.preventDefault();
    this.main.focus();
  }

  async changeLanguage() {
    await switchLanguage();
    window.dispatchEvent(new Event("language"));
  }

  changeTheme() {
    const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
    const order = isDark ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
    const next = order[(order.indexOf(document.documentElement.dataset.theme) + 1) % order.length];
    localStorage.setItem("theme", next);
    document.documentElement.dataset.theme = next;
    window.dispatchEvent(new Event("theme"));
  }

  async leave() {
    await logout().catch(() => {});
    localStorage.removeItem("session");
    link.dispatchEvent(new Event("login"));
  }

  close() {
    clearInterval(this.clock);
    this.ending.abort();
  }
}
