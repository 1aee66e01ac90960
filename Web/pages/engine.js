/// What the engine does: the ledger as a flow, listeners, refusals, and what lies on the disk.
import { ask, askText } from "../app/api.js";
import { data, h, morphChildren } from "../app/dom.js";
import { bytes, moment, number, short } from "../app/format.js";
import { t } from "../app/language.js";
import { parseMetrics, total } from "../app/metrics.js";
import { poll } from "../app/poll.js";
import { ownTables } from "../parts/fields.js";
import { flowPicture, lossTable } from "../parts/flow.js";
import { journalFacts, LaneRates, laneTable } from "../parts/lanes.js";
import { LedgerRate, lossesOf, reasonText } from "../parts/ledger.js";

export default class EnginePage {
  constructor({ signal }) {
    this.signal = signal;
    this.title = t("engine.title");
    this.rate = new LedgerRate();
    this.laneRates = new LaneRates();
    const place = (name) => (this[name] = h("div", { class: "table-part", tabindex: "0", role: "region" }));
    const panel = (title, content) => {
      content.setAttribute("aria-label", title);
      return h("section", { class: "panel" }, h("h2", {}, title), content);
    };
    this.element = h("div", { class: "stack engine" }, h("h1", {}, this.title),
      panel(t("engine.flow"), place("flow")),
      h("div", { class: "halves even" },
        h("div", { class: "stack" }, panel(t("engine.listeners"), place("listeners")),
          panel(t("engine.lanes"), place("lanes")),
          panel(t("engine.losses"), place("losses")),
          panel(t("engine.refused"), place("refused"))),
        h("div", { class: "stack" },
          panel(t("engine.journal"), place("journal")), panel(t("engine.tables"), place("tables")),
          panel(t("engine.process"), place("process")))));
  }

  begin() {
    poll(() => this.allowed(this.flow, () => this.loadLedger()), 2000, this.signal);
    poll(() => this.allowed(this.refused, () => this.loadRefused()), 5000, this.signal);
    poll(() => this.allowed(this.tables, () => this.loadMetrics()), 5000, this.signal);
  }

  /// Of the whole node only those learn who may see all of it.
  async allowed(place, work) {
    try {
      await work();
    } catch (error) {
      if (error.status !== 403) throw error;
      morphChildren(place, [h("p", { class: "dim" }, t("engine.notYours"))]);
    }
  }

  async loadLedger() {
    const ledger = await ask("/v1/ledger", {}, this.signal);
    const { rates, listeners } = this.rate.take(ledger);
    morphChildren(this.flow, [
      flowPicture(ledger.total, rates),
      h("p", { class: ledger.balanced ? "balanced" : "bad" },
        t(ledger.balanced ? "engine.balanced" : "engine.unbalanced")),
    ]);
    const column = (name) => h("th", { scope: "col", class: "number" }, t(`engine.column.${name}`));
    morphChildren(this.listeners, [h("table", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("engine.column.listener")), column("rate"),
        column("received"),
        column("rejected"), column("stored"), column("shed"))),
      h("tbody", {}, Object.entries(ledger.listeners).map(([name, counts]) => this.listener(name, counts,
        listeners[name]))))]);
    const losses = lossesOf(ledger.total);
    morphChildren(this.losses, [losses.length > 0 ? lossTable(losses, reasonText)
      : h("p", { class: "calm" }, t("flow.nothingLost"))]);
  }

  listener(name, counts, rate) {
    const sum = (reasons) => Object.values(reasons).reduce((a, b) => a + b, 0);
    const cell = (value, isBad) => h("td", { class: `number ${isBad && value > 0 ? "bad" : ""}` }, number(value, 0));
    return h("tr", { "data-key": name },
      h("td", {}, data(name), " ", counts.protocol === name ? null
        : h("span", { class: "dim", translate: "no" }, counts.protocol)),
      h("td", { class: "number" }, rate === undefined ? "–" : short(rate)), cell(counts.received),
        cell(sum(counts.rejected)),
      cell(counts.stored), cell(sum(counts.shed) + counts.kernel_dropped, true));
  }

  async loadRefused() {
    const answer = await ask("/v1/refused", {}, this.signal);
    if (answer.refused.length === 0) {
      morphChildren(this.refused, [h("p", { class: "calm" }, t("engine.refused.none"))]);
      return;
    }
    morphChildren(this.refused, [h("table", {},
      h("tbody", {}, answer.refused.slice(0, 20).map((refusal) =>
        h("tr", { "data-key": `${refusal.listener} ${refusal.reason} ${refusal.address}` },
          h("td", {}, data(refusal.address ?? "–"), refusal.device ? [" ", h("a", {
            href: `#/device/${encodeURIComponent(refusal.device)}`, translate: "no",
          }, refusal.device)] : null, h("br"), h("span", { class: "dim", translate: "no" }, refusal.listener)),
          h("td", {}, reasonText(refusal.reason), " ", h("code", { translate: "no" }, refusal.reason), h("br"),
            h("code", { class: "sample", translate: "no" }, refusal.sample)),
          h("td", { class: "number" }, number(refusal.count, 0), h("br"),
            h("span", { class: "dim", translate: "no" }, moment(refusal.last)))))))]);
  }

  async loadMetrics() {
    const [text, known] = await Promise.all([
      askText("/metrics", {}, this.signal), ask("/v1/measurements", {}, this.signal),
    ]);
    const metrics = parseMetrics(text);
    const lanes = this.laneRates.take(metrics);
    morphChildren(this.lanes, [laneTable(lanes)]);
    this.showTables(metrics, known.measurements);
    this.showFacts(this.journal, [
      ...journalFacts(lanes, metrics, bytes),
      ["unsealed", data(
        `${number(total(metrics, "thinai_rows_unsealed"), 0)} · ${bytes(total(metrics, "thinai_bytes_unsealed"))}`)],
      ["parts", data(`${number(total(metrics, "thinai_parts"), 0)} · ${bytes(total(metrics, "thinai_part_bytes"))}`)],
      ["perReading", this.readings > 0 ? number(this.readingBytes / this.readings, 2) : "–"],
      ["recovered", number(total(metrics, "thinai_recovered_rows"), 0),
        total(metrics, "thinai_recovered_damaged_bytes")],
    ]);
    this.showProcess(metrics);
  }

  showTables(metrics, measurements) {
    const rows = new Map(measurements.map((measurement) => [measurement.name, measurement]));
    const sizes = new Map((metrics.get("thinai_part_bytes") ?? []).map(({ labels, value }) => [labels.table, value]));
    const parts = new Map((metrics.get("thinai_parts") ?? []).map(({ labels, value }) => [labels.table, value]));
    const sorted = [...sizes].sort(([, a], [, b]) => b - a);
    this.readings = 0;
    this.readingBytes = 0;
    const column = (name) => h("th", { scope: "col", class: "number" }, t(`engine.column.${name}`));
    morphChildren(this.tables, [h("table", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("engine.column.table")), column("parts"), column("bytes"),
        column("rows"), column("perReading"))),
      h("tbody", {}, sorted.map(([name, size]) => {
        const measurement = rows.get(name);
        // Every field in every row: what is sent more rarely makes it a little more.
        const readings = measurement && !ownTables.has(name)
          ? measurement.rows * Math.max(1, measurement.fields.length) : 0;
        this.readings += readings;
        if (readings > 0) this.readingBytes += size;
        return h("tr", { "data-key": name }, h("td", {}, data(name)),
          h("td", { class: "number" }, number(parts.get(name), 0)),
          h("td", { class: "number", translate: "no" }, bytes(size)),
            h("td", { class: "number" }, measurement ? number(measurement.rows, 0) : ""),
          h("td", { class: "number" }, readings > 0 ? number(size / readings, 2) : ""));
      })))]);
  }

  showProcess(metrics) {
    const facts = [
      ["memory", data(bytes(total(metrics, "thinai_resident_bytes")))],
      ["cpu", t("unit.second", { n: number(total(metrics, "thinai_cpu_seconds_total"), 0) })],
      ["series", number(total(metrics, "thinai_series"), 0)],
      ["audit", number(total(metrics, "thinai_audit_lines_total"), 0), total(metrics, "thinai_audit_failures_total")],
      ["connections", number(total(metrics, "thinai_http_connections"), 0)],
      ["streams", number(total(metrics, "thinai_stream_subscribers"), 0)],
      ["questions", ["running", "waiting"].map((state) => number(total(metrics, `thinai_http_questions_${state}`), 0))
        .join(" · ")],
    ];
    this.showFacts(this.process, facts);
  }

  /// Facts with their names: each a text, and how often it failed.
  showFacts(place, facts) {
    morphChildren(place, [h("dl", { class: "facts" }, facts.map(([name, text, failures]) => [
      h("dt", {}, t(`engine.fact.${name}`)),
      h("dd", {}, text, failures > 0 ? h("span", { class: "bad" },
        ` · ${t("engine.failures", { n: number(failures, 0) })}`) : null),
    ]))]);
  }
}
