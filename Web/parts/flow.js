/// The ledger as a picture: what was received, what of it was understood, and what was stored; every drop by its name.
import { h, s } from "../app/dom.js";
import { number, short } from "../app/format.js";
import { t, tOr } from "../app/language.js";

const width = 1000;
const top = 46;
const tall = 84;
/// A drop of one in a million is seen, too.
const least = 5;

/// - total: an account of `/v1/ledger`.
/// - rates: what came a second.
export function flowPicture(total, rates) {
  const datagrams = stage(total.received + total.kernel_dropped, [
    ["decoded", null, total.decoded, "well"], ["kernel", null, total.kernel_dropped, "bad"],
    ...reasons(total.rejected, "rejected", "refused"),
  ]);
  const rows = stage(total.rows + total.events, [
    ["stored", null, total.stored, "well"], ...reasons(total.shed, "shed", "bad"),
    ["duplicate", null, total.duplicate, "refused"],
  ]);
  const columns = [20, 400, 540, 900];
  const height = Math.max(bottom(datagrams), bottom(rows)) + 12;
  return s("svg", { class: "flow", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": spoken(total) },
    node(columns[0], tall), node(columns[1], datagrams[0]?.size ?? tall),
    head(columns[0], t("flow.received"), total.received, rates.received, t("flow.datagrams")),
    head(columns[1] - 60, t("flow.decoded"), total.decoded, null, t("flow.datagrams.unit")),
    bands(datagrams, columns[0] + 8, columns[1]),
    node(columns[2], tall), node(columns[3], rows[0]?.size ?? tall),
    head(columns[2], t("flow.rows"), total.rows + total.events, rates.readings, t("flow.readings")),
    head(columns[3] - 60, t("flow.stored.all"), total.stored, null, t("flow.rows.unit")),
    bands(rows, columns[2] + 8, columns[3]));
}

function spoken(total) {
  return t("flow.label", {
    received: number(total.received, 0), decoded: number(total.decoded, 0), stored: number(total.stored, 0),
  });
}

function reasons(counts, kind, look) {
  return Object.entries(counts ?? {}).sort(([, a], [, b]) => b - a).slice(0, 6)
    .map(([code, count]) => [kind, code, count, look]);
}

/// The parts of a stage, the largest height for the most.
function stage(all, parts) {
  const shown = parts.filter(([, , count], index) => index === 0 || count > 0);
  let from = 0;
  let to = 0;
  return shown.map(([kind, code, count, look], index) => {
    const size = Math.max(least, (count / Math.max(1, all)) * tall);
    const part = { kind, code, count, look, from, to, size };
    from = Math.min(from + size, tall - least);
    to += size + (index === 0 ? 14 : 18);
    return part;
  });
}

function bottom(parts) {
  const last = parts.at(-1);
  return last ? top + last.to + last.size : top + tall;
}

function node(x, size) {
  return s("rect", { class: "node", x, y: top, width: 8, height: size });
}

function head(x, name, count, rate, unit) {
  const isKnown = rate !== null && !Number.isNaN(rate);
  return [
    s("text", { x, y: 16 }, s("tspan", {}, name), figure(` ${number(count, 0)}`)),
    s("text", { class: "dim", x, y: 34 }, isKnown ? figure(`${short(rate)} `) : null, s("tspan", {}, unit)),
  ];
}

function figure(text) {
  return s("tspan", { translate: "no" }, text);
}

function bands(parts, left, right) {
  return parts.map((part, index) => {
    const [y, z] = [top + part.from, top + part.to];
    const end = index === 0 ? right : right - 210;
    const middle = (left + end) / 2;
    const path = `M${left} ${y}C${middle} ${y} ${middle} ${z} ${end} ${z}V${z + part.size}`
      + `C${middle} ${z + part.size} ${middle} ${y + part.size} ${left} ${y + part.size}Z`;
    return [
      s("path", { class: `band ${part.look}`, d: path }),
      index === 0 ? null : s("text", { class: part.look, x: end + 6, y: z + Math.max(part.size / 2 + 5, 8) },
        figure(`${number(part.count, 0)} `), s("tspan", {}, dropText(part))),
    ];
  });
}

function dropText({ kind, code }) {
  if (code === null) return t(`loss.${kind}`);
  return tOr(`reason.${code}`, code);
}

/// The same for those who do not see it, and for who wants all of it.
export function lossTable(losses, reasonText) {
  return h("table", {}, h("tbody", {}, losses.map((loss) => h("tr", { "data-key": loss.key },
    h("td", { class: loss.isBad ? "bad" : null }, loss.text), h("td", {}, loss.code ? reasonText(loss.code) : ""),
    h("td", {}, loss.code ? h("code", { translate: "no" }, loss.code) : ""),
    h("td", { class: "number" }, number(loss.count, 0))))));
}
