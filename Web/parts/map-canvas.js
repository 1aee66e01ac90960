/// One canvas under the map's names: grid, land where devices stand, shapes, and the devices, gathered by cells of the
/// screen. Drawn when the map has come to rest; while it is moved the canvas moves along, so that a hundred thousand
/// devices cost nothing there.
import { h } from "../app/dom.js";
import { archipelagos } from "./places.js";
import { project } from "../app/fleet.js";

/// How much beyond the window is drawn, for the hand that moves it.
const margin = 0.35;
const cell = 34;
/// What a letter of the page is on a desk: dots grow with the letters.
const letterPixels = 14;
const states = ["live", "late", "silent", "never", "foreign"];

export class MapCanvas {
  constructor(L, map, { devices, onPick, tip, shapes }) {
    Object.assign(this, { L, map, devices, onPick, tip, shapes, groups: [] });
    this.element = h("canvas", { class: "map-canvas", "aria-hidden": "true" });
    map.getPanes().overlayPane.append(this.element);
    this.bubble = h("div", { class: "map-tip", hidden: true });
    map.getContainer().append(this.bubble);
    map.on("moveend zoomend resize", () => this.draw());
    map.on("mousemove", (event) => this.hover(event));
    map.on("mouseout movestart", () => { this.bubble.hidden = true; });
    map.on("click", (event) => {
      const group = this.at(event.containerPoint);
      if (group) this.onPick(group.devices);
    });
  }

  end() {
    cancelAnimationFrame(this.frame);
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.drawNow());
  }

  drawNow() {
    const { map } = this;
    const size = map.getSize();
    if (size.x === 0) return;
    const pad = { x: Math.round(size.x * margin), y: Math.round(size.y * margin) };
    const width = size.x + pad.x * 2;
    const height = size.y + pad.y * 2;
    const ratio = Math.min(devicePixelRatio || 1, 2);
    this.unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / letterPixels;
    if (this.element.width !== width * ratio || this.element.height !== height * ratio) {
      this.element.width = width * ratio;
      this.element.height = height * ratio;
      this.element.style.width = `${width}px`;
      this.element.style.height = `${height}px`;
    }
    this.L.DomUtil.setPosition(this.element, map.containerPointToLayerPoint([-pad.x, -pad.y]));
    const context = this.element.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const scale = 256 * 2 ** map.getZoom();
    const origin = map.project(map.containerPointToLatLng([0, 0]), map.getZoom());
    this.view = { scale, x: origin.x - pad.x, y: origin.y - pad.y, width, height, pad };
    this.colours = colours(map.getContainer());
    this.grid(context);
    this.gather();
    this.land(context);
    this.outlines(context);
    this.islands(context);
    for (const group of this.groups) this.dot(context, group);
  }

  /// The devices of each cell of the screen, as one group; near by, each for itself.
  gather() {
    const { scale, x, y, width, height } = this.view;
    const isNear = this.map.getZoom() >= 14;
    const size = (isNear ? 6 : cell) * this.unit;
    const columns = Math.ceil(width / size) + 1;
    const cells = new Map();
    // Cells stand on the world, not on the screen: a step aside does not gather anew.
    const offsetX = x - Math.floor(x / size) * size;
    const offsetY = y - Math.floor(y / size) * size;
    for (const device of this.devices()) {
      const left = device.x * scale - x;
      const top = device.y * scale - y;
      if (left < -size || top < -size || left > width + size || top > height + size) continue;
      const key = Math.floor((top + offsetY) / size) * columns + Math.floor((left + offsetX) / size);
      let group = cells.get(key);
      if (!group) {
        group = { x: 0, y: 0, devices: [], live: 0, late: 0, silent: 0, never: 0, foreign: 0 };
        cells.set(key, group);
      }
      group.x += left;
      group.y += top;
      group.devices.push(device);
      group[device.state] += 1;
    }
    this.groups = [...cells.values()];
    for (const group of this.groups) settle(group, this.unit);
    if (!isNear) this.groups = apart(this.groups, 40 * this.unit);
    // What is wrong lies above.
    this.groups.sort((a, b) => a.silent - b.silent || a.late - b.late);
  }

  grid(context) {
    const { map } = this;
    const bounds = map.getBounds().pad(margin);
    const zoom = map.getZoom();
    const step = zoom < 6 ? 5 : zoom < 7.5 ? 2 : zoom < 9 ? 1 : zoom < 11 ? 0.5 : zoom < 13 ? 0.1 : 0.02;
    context.strokeStyle = this.colours.grid;
    context.lineWidth = 1;
    context.beginPath();
    for (let at = Math.ceil(bounds.getWest() / step) * step; at <= bounds.getEast(); at += step) {
      const left = Math.round(this.place(0, at).x) + 0.5;
      context.moveTo(left, 0);
      context.lineTo(left, this.view.height);
    }
    for (let at = Math.ceil(bounds.getSouth() / step) * step; at <= bounds.getNorth(); at += step) {
      const top = Math.round(this.place(at, 0).y) + 0.5;
      context.moveTo(0, top);
      context.lineTo(this.view.width, top);
    }
    context.stroke();
  }

  /// Where there are devices there is land: a tint around them, so that one sees the province's body.
  land(context) {
    const radius = Math.min(Math.max(8, this.view.scale / 4800), 44) * this.unit;
    context.fillStyle = this.colours.land;
    context.beginPath();
    for (const group of this.groups) {
      context.moveTo(group.left + radius, group.top);
      context.arc(group.left, group.top, radius, 0, 2 * Math.PI);
    }
    context.fill("nonzero");
  }

  outlines(context) {
    const shapes = this.shapes();
    if (!shapes) return;
    const { scale, x, y } = this.view;
    context.strokeStyle = this.colours.shape;
    context.fillStyle = this.colours.land;
    context.lineWidth = 1;
    context.beginPath();
    for (const ring of shapes) {
      for (let index = 0; index < ring.length; index += 2) {
        const left = ring[index] * scale - x;
        const top = ring[index + 1] * scale - y;
        if (index === 0) context.moveTo(left, top);
        else context.lineTo(left, top);
      }
      context.closePath();
    }
    context.fill("evenodd");
    context.stroke();
  }

  islands(context) {
    context.fillStyle = this.colours.island;
    for (const group of archipelagos) {
      for (const [latitude, longitude] of group.islands) {
        const { x, y } = this.place(latitude, longitude);
        context.beginPath();
        context.arc(x, y, 2 * this.unit, 0, 2 * Math.PI);
        context.fill();
      }
    }
  }

  dot(context, group) {
    const { left: x, top: y, radius, devices } = group;
    const { colours } = this;
    context.lineWidth = 1.5 * this.unit;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = devices.length === 1 ? colours[devices[0].state] : colours.group;
    context.fill();
    context.strokeStyle = colours.edge;
    context.stroke();
    if (devices.length === 1) return;
    let from = -Math.PI / 2;
    for (const state of ["silent", "late", "never", "foreign"]) {
      if (group[state] === 0) continue;
      const to = from + Math.max(group[state] / devices.length, 0.06) * 2 * Math.PI;
      context.beginPath();
      context.arc(x, y, radius, from, to);
      context.strokeStyle = colours[state];
      context.lineWidth = 3.5 * this.unit;
      context.stroke();
      from = to;
    }
    if (radius < 8.5 * this.unit) return;
    context.fillStyle = group.silent > 0 ? colours.alarming : colours.text;
    context.font = `${group.silent > 0 ? 600 : 400} ${11 * this.unit}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(String(group.silent > 0 ? group.silent : devices.length), x, y + 0.5);
  }

  place(latitude, longitude) {
    const [x, y] = project(latitude, longitude);
    return { x: x * this.view.scale - this.view.x, y: y * this.view.scale - this.view.y };
  }

  /// What lies at a point of the window.
  at(point) {
    if (!this.view) return null;
    const offset = this.L.DomUtil.getPosition(this.element);
    const layer = this.map.containerPointToLayerPoint(point);
    const [x, y] = [layer.x - offset.x, layer.y - offset.y];
    let best = null;
    for (const group of this.groups) {
      const distance = Math.hypot(group.left - x, group.top - y);
      if (distance <= group.radius + 4 && (!best || distance < best.distance)) best = { group, distance };
    }
    return best?.group ?? null;
  }

  hover(event) {
    const group = this.at(event.containerPoint);
    this.map.getContainer().classList.toggle("over", group !== null);
    this.bubble.hidden = group === null;
    if (!group) return;
    this.bubble.replaceChildren(...this.tip(group.devices).filter(Boolean));
    this.L.DomUtil.setPosition(this.bubble, event.containerPoint.add([12, 12]));
  }
}

/// Puts a group in the middle of its devices, as large as they are many.
function settle(group, unit) {
  const count = group.devices.length;
  group.left = group.x / count;
  group.top = group.y / count;
  group.radius = (count === 1 ? 4 : Math.min(7 + Math.sqrt(count) * 1.15, 19)) * unit;
}

/// Groups none of which covers another: a small one joins the large one that it touches.
function apart(groups, size) {
  const places = new Map();
  const kept = [];
  for (const group of groups.sort((a, b) => b.devices.length - a.devices.length)) {
    const [column, row] = [Math.floor(group.left / size), Math.floor(group.top / size)];
    let near = null;
    for (let y = row - 1; y <= row + 1 && !near; y += 1) {
      for (let x = column - 1; x <= column + 1 && !near; x += 1) {
        near = places.get(y * 4096 + x)?.find((other) =>
          Math.hypot(other.left - group.left, other.top - group.top) < other.radius + group.radius + 2);
      }
    }
    if (near) {
      for (const device of group.devices) near.devices.push(device);
      for (const state of states) near[state] += group[state];
      continue;
    }
    kept.push(group);
    const key = row * 4096 + column;
    if (!places.has(key)) places.set(key, []);
    places.get(key).push(group);
  }
  return kept;
}

/// The theme's colours, as a canvas takes them.
function colours(element) {
  const style = getComputedStyle(element);
  const value = (name) => style.getPropertyValue(`--${name}`).trim();
  const found = { grid: value("grid"), land: value("land"), shape: value("shape"), island: value("island") };
  for (const state of states) found[state] = value(`${state}-fill`);
  return { ...found, group: value("group"), edge: value("shape"), text: value("text"), alarming: value("silent") };
}
