/// How the fleet is, a tile a class: how many, how many well, late, silent, and of whom nobody can tell.
import { data, h } from "../app/dom.js";
import { classes } from "../app/fleet.js";
import { number } from "../app/format.js";
import { t, tOr } from "../app/language.js";

const shown = ["live", "late", "silent", "never"];

/// What a class is called; its own word if it is none of ours.
export function className(name) {
  return name ? tOr(`class.${name}`, null) ?? data(name) : t("class.none");
}

export function stateMark(state) {
  return h("span", { class: `state ${state}` }, h("span", { class: `dot ${state}`, "aria-hidden": "true" }),
    t(`state.${state}`));
}

/// - counts: of `Fleet.count`.
/// - query: what a link to the table says beside class and state.
export function tiles(counts, query = "") {
  const known = classes.filter((name) => counts.has(name));
  const others = [...counts.keys()].filter((name) => name !== "" && !classes.includes(name)).sort();
  const made = [...known, ...others].map((name) => tile(name, counts.get(name), query));
  const foreign = counts.get("");
  if (foreign?.foreign > 0 && query === "") {
    made.push(h("a", { class: "tile foreign", href: "#/unknown", "data-key": "foreign" },
      h("span", { class: "tile-name" }, t("tile.foreign")),
      h("span", { class: "tile-count" }, number(foreign.foreign, 0)),
      h("span", { class: "tile-note" }, t("tile.foreign.note"))));
  }
  return made;
}

function tile(name, count, query) {
  const link = (state) => `#/devices?class=${encodeURIComponent(name)}${state ? `&state=${state}` : ""}${query}`;
  return h("section", { class: "tile", "data-key": name, "data-class": name },
    h("h2", {}, h("a", { href: link("") }, h("span", { class: "tile-name" }, className(name)),
      h("span", { class: "tile-count" }, number(count.all, 0)))),
    bar(count),
    h("ul", { class: "tile-states" }, shown.map((state) =>
      h("li", { class: count[state] > 0 ? state : `${state} none` },
        h("a", { href: link(state) }, h("b", { "data-count": state }, number(count[state], 0)), " ",
          h("span", {}, t(`state.${state}`)))))));
}

/// The shares of the states as one bar: grey for what is well.
export function bar(count) {
  const width = (state) => (count.all === 0 ? 0 : (count[state] / count.all) * 100);
  let at = 0;
  const pieces = ["silent", "late", "never"].map((state) => {
    const from = at;
    at += width(state);
    return [state, from, width(state)];
  });
  return svgBar(pieces);
}

function svgBar(pieces) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "bar-states");
  svg.setAttribute("viewBox", "0 0 100 4");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  for (const [state, from, width] of [["live", 0, 100], ...pieces]) {
    const piece = document.createElementNS(space, "rect");
    piece.setAttribute("class", state);
    // What is wrong is seen, however small its share.
    piece.setAttribute("x", state === "live" ? 0 : Math.min(from, 99));
    piece.setAttribute("width", width > 0 ? Math.max(width, 1) : 0);
    piece.setAttribute("height", 4);
    svg.append(piece);
  }
  return svg;
}
