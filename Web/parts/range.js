/// Which time is looked at, by which step; one for all charts of a page.
import { h, morphChildren } from "../app/dom.js";
import { moment } from "../app/format.js";
import { t } from "../app/language.js";

const minute = 60000;
const hour = 60 * minute;
const dayMillis = 24 * hour;
const spans = { "1h": hour, "6h": 6 * hour, "24h": dayMillis, "7d": 7 * dayMillis, "30d": 30 * dayMillis };
const steps = ["auto", "1m", "5m", "15m", "1h", "6h", "1d"];

export function stepMillis(step) {
  const units = { m: minute, h: hour, d: dayMillis };
  return Number(step.slice(0, -1)) * units[step.at(-1)];
}

export class Range {
  constructor({ span = "24h", onChange, query = {} }) {
    this.onChange = onChange;
    this.span = spans[span] ? span : "24h";
    this.wanted = "auto";
    this.isCompared = false;
    this.follow();
    this.element = h("div", { class: "range", role: "group", "aria-label": t("range.label") });
    this.element.addEventListener("click", (event) => this.click(event));
    this.element.addEventListener("change", (event) => this.change(event));
    Object.assign(this, query);
    this.show();
  }

  get isFollowing() {
    return this.span !== null;
  }

  /// Ends with now.
  follow() {
    if (this.span === null) return;
    const step = stepMillis(this.step);
    this.to = Math.ceil(Date.now() / step) * step;
    this.from = this.to - spans[this.span];
  }

  /// Some two or three hundred buckets, where nobody wishes for others.
  get step() {
    if (this.wanted !== "auto") return this.wanted;
    const length = this.span === null ? this.to - this.from : spans[this.span];
    const fitting = steps.slice(1).find((step) => length / stepMillis(step) <= 320);
    return fitting ?? "1d";
  }

  zoom(from, to) {
    this.span = null;
    const least = 10 * minute;
    const middle = (from + to) / 2;
    const half = Math.max(to - from, least) / 2;
    const step = stepMillis(this.step);
    this.from = Math.floor((middle - half) / step) * step;
    this.to = Math.min(Math.ceil((middle + half) / step) * step, Date.now() + hour);
    this.show();
    this.onChange();
  }

  show() {
    const button = (attributes, text, label) => h("button", { type: "button", ...attributes, "aria-label": label },
      text);
    morphChildren(this.element, [
      ...Object.keys(spans).map((span) =>
        h("button", { type: "button", "data-span": span, "aria-pressed": String(this.span === span) },
          t(`range.${span}`))),
      button({ "data-move": "-0.5" }, "‹", t("range.earlier")), button({ "data-move": "0.5" }, "›", t("range.later")),
      button({ "data-scale": "0.5" }, "+", t("range.in")), button({ "data-scale": "2" }, "−", t("range.out")),
      h("label", {}, t("range.step"), " ", h("select", { name: "step" }, steps.map((step) =>
        h("option", { value: step, selected: step === this.wanted }, step === "auto" ? t("range.auto")
          : t(`step.${step}`))))),
      h("label", { class: "check" }, h("input", { type: "checkbox", name: "compare", checked: this.isCompared }),
        t("range.compare")),
      this.span === null ? h("span", { class: "dim", translate: "no" }, `${moment(this.from)} – ${moment(this.to)}`)
        : null,
    ].filter(Boolean));
  }

  click(event) {
    const { span, move, scale } = event.target.dataset ?? {};
    if (span) {
      this.span = span;
      this.follow();
      this.show();
      this.onChange();
    } else if (move) {
      const by = (this.to - this.from) * Number(move);
      this.zoom(this.from + by, this.to + by);
    } else if (scale) {
      const middle = (this.from + this.to) / 2;
      const half = ((this.to - this.from) / 2) * Number(scale);
      this.zoom(middle - half, middle + half);
    }
  }

  change(event) {
    if (event.target.name === "step") this.wanted = event.target.value;
    if (event.target.name === "compare") this.isCompared = event.target.checked;
    this.follow();
    this.show();
    this.onChange();
  }
}
