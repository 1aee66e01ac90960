/// Alarms that last, acknowledged and shelved in place.
import { act, ask, Problem } from "../app/api.js";
import { data, h, morphChildren } from "../app/dom.js";
import { age, moment, number } from "../app/format.js";
import { t, tOr } from "../app/language.js";
import { poll } from "../app/poll.js";

const open = ["active", "acknowledged", "shelved"];
const order = ["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"];
const most = 200;

export class AlarmList {
  /// - query: what `/v1/alarms` is asked beside the state: area, class.
  /// - choose: which of them are shown; all without it.
  constructor({ frame, signal, query = {}, choose = () => true, states = open, isCompact = false, onChange }) {
    Object.assign(this, { frame, signal, query, choose, states, isCompact, onChange });
    this.alarms = [];
    this.isMore = false;
    this.busy = new Map();
    this.faults = new Map();
    this.form = null;
    this.element = h("div", { class: "alarms" });
    this.element.addEventListener("click", (event) => this.click(event));
    this.element.addEventListener("submit", (event) => this.submit(event));
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.form) this.closeForm();
    });
    this.polling = poll(() => this.load(), 4000, signal);
  }

  async load() {
    const answers = await Promise.all(
      this.states.map((state) => ask("/v1/alarms", { ...this.query, state, limit: most }, this.signal)));
    this.isMore = answers.some((answer) => answer.next !== null);
    this.alarms = answers.flatMap((answer) => answer.alarms).filter(this.choose);
    const rank = (alarm) => this.states.indexOf(alarm.state) * 10 + order.indexOf(alarm.severity);
    this.alarms.sort((a, b) => rank(a) - rank(b) || (a.opened < b.opened ? 1 : -1));
    this.show();
    this.onChange?.(this);
  }

  show() {
    if (this.alarms.length === 0) {
      morphChildren(this.element, [h("p", { class: "calm" }, t("alarms.none"))]);
      return;
    }
    const lines = this.alarms.map((alarm) => this.line(alarm));
    morphChildren(this.element, [
      h("ol", { class: "alarm-lines" }, lines), this.isMore ? h("p", { class: "dim" }, t("alarms.more", { n: most }))
        : null,
    ].filter(Boolean));
  }

  line(alarm) {
    const isOpen = alarm.state !== "closed";
    return h("li", {
      class: `alarm ${alarm.state} severity-${alarm.severity}`, "data-key": alarm.id, "data-alarm": alarm.id,
      "data-state": alarm.state,
    },
    h("div", { class: "alarm-head" },
      h("span", { class: `severity ${alarm.severity}` }, t(`severity.${alarm.severity}`)),
      this.subject(alarm),
      h("time", { class: "alarm-age", datetime: alarm.opened, title: moment(alarm.opened) },
        age(alarm.opened))),
    h("p", { class: "alarm-message", translate: "no" }, alarm.message),
    this.owner(alarm),
    isOpen ? this.doings(alarm) : null);
  }

  subject(alarm) {
    const subject = alarm.subject ?? {};
    if (subject.device) {
      return h("a", { class: "alarm-subject", href: `#/device/${encodeURIComponent(subject.device)}`, translate: "no" },
        subject.device);
    }
    const code = subject.area ?? alarm.area;
    if (code) {
      return h("a", { class: "alarm-subject", href: `#/area/${encodeURIComponent(code)}`, translate: "no" },
        this.frame.areas.name(code));
    }
    return h("span", { class: "alarm-subject", translate: "no" }, subject.class ?? alarm.rule);
  }

  owner(alarm) {
    const said = [];
    if (alarm.children.length > 0) said.push(h("span", {}, t("alarms.children",
      { n: number(alarm.children.length, 0) })));
    if (alarm.count > 1) said.push(h("span", {}, t("alarms.count", { n: number(alarm.count, 0) })));
    if (alarm.acknowledged) said.push(this.note("alarms.acknowledged", alarm.acknowledged, alarm.acknowledged.at));
    if (alarm.shelved) said.push(this.note("alarms.shelved", alarm.shelved, alarm.shelved.until));
    return said.length > 0 ? h("p", { class: "alarm-owner" }, said) : null;
  }

  note(key, deed, time) {
    return h("span", {}, t(key), " ", data(deed.by), " · ", data(moment(time)),
      deed.note ? [" · ", h("q", { translate: "no" }, deed.note)] : null);
  }

  doings(alarm) {
    const fault = this.faults.get(alarm.id);
    const faultText = fault ? h("p", { class: "fault", role: "alert" }, fault) : null;
    if (this.form?.id === alarm.id) return h("div", { class: "doings" }, this.formOf(alarm), faultText);
    const button = (name) => h("button", {
      type: "button", "data-do": name, disabled: this.busy.has(alarm.id),
      "aria-label": `${t(`do.${name}`)}: ${alarm.message}`,
    }, t(`do.${name}`));
    const names = [];
    if (alarm.state === "active") names.push("acknowledge");
    names.push(alarm.state === "shelved" ? "unshelve" : "shelve");
    if (!this.isCompact) names.push("note");
    return h("div", { class: "doings" }, names.map(button), faultText);
  }

  formOf(alarm) {
    const { name } = this.form;
    const note = `note-${alarm.id}`;
    return h("form", { class: "doing", "data-island": "", "data-key": `${alarm.id}-${name}` },
      name === "shelve" ? h("label", {}, t("do.shelve.for"), " ",
        h("select", { name: "hours" }, [1, 4, 8, 24].map((hours) =>
          h("option", { value: String(hours) }, t("unit.hour", { n: hours }))))) : null,
      h("label", { for: note }, t("do.note.label")),
      h("input", { id: note, name: "note", maxlength: "500", required: name === "note", autocomplete: "off" }),
      h("button", { type: "submit", class: "main" }, t(`do.${name}`)),
      h("button", { type: "button", "data-do": "cancel" }, t("do.cancel")));
  }

  click(event) {
    const button = event.target.closest("button[data-do]");
    if (!button) return;
    const id = button.closest("[data-alarm]").dataset.alarm;
    const name = button.dataset.do;
    if (name === "cancel") return this.closeForm();
    if (name === "unshelve") return this.deed(id, name, {});
    this.form = { id, name };
    this.show();
    this.element.querySelector("form.doing input")?.focus();
  }

  closeForm() {
    const id = this.form?.id;
    this.form = null;
    this.show();
    this.element.querySelector(`[data-alarm="${id}"] button`)?.focus();
  }

  submit(event) {
    event.preventDefault();
    const { id, name } = this.form;
    const fields = new FormData(event.target);
    const body = { note: fields.get("note") };
    if (name === "shelve") body.until = new Date(Date.now() + Number(fields.get("hours")) * 3600000).toISOString();
    this.form = null;
    this.deed(id, name, body);
  }

  async deed(id, name, body) {
    this.busy.set(id, name);
    this.faults.delete(id);
    this.show();
    try {
      await act(`/v1/alarms/${encodeURIComponent(id)}/${name}`, body);
    } catch (error) {
      const known = error instanceof Problem ? tOr(`fault.${error.kind}`, null) : null;
      this.faults.set(id, known ?? t("fault.other"));
    }
    this.busy.delete(id);
    await this.load().catch(() => this.show());
  }
}
