/// The map: devices in place, gathered where they lie close, grey while all is well. It needs nothing from the
/// internet: a sea, its grid, names, and the shapes of areas if the node was given some.
import { data, h } from "../app/dom.js";
import { project } from "../app/fleet.js";
import { number } from "../app/format.js";
import { t } from "../app/language.js";
import { archipelagos, country, sea, towns } from "./places.js";
import { MapCanvas } from "./map-canvas.js";

export class DeviceMap {
  /// - choose: which devices are shown.
  static async make({ frame, signal, choose = () => true, fit = true }) {
    const L = await import("../lib/leaflet/leaflet.esm.min.js");
    return new DeviceMap(L, { frame, signal, choose, fit });
  }

  static styles() {
    if (document.querySelector("link[data-leaflet]")) return;
    document.head.prepend(
      h("link", { rel: "stylesheet", href: "/web/lib/leaflet/leaflet.css", "data-leaflet": true }));
  }

  constructor(L, { frame, signal, choose, fit }) {
    DeviceMap.styles();
    Object.assign(this, { L, frame, signal, choose, mayFit: fit, labels: new Map() });
    this.box = h("div", { class: "map-box" });
    this.element = h("div", { class: "map", "data-island": "" }, this.box, this.inset());
    signal.addEventListener("abort", () => this.end());
  }

  /// When the element stands in the page.
  begin() {
    const { L } = this;
    this.map = L.map(this.box, {
      zoomControl: false, attributionControl: false, zoomAnimation: false, fadeAnimation: false, zoomSnap: 0.5,
      minZoom: 5, maxZoom: 18, worldCopyJump: false, inertia: true,
    });
    this.box.setAttribute("role", "application");
    this.box.setAttribute("aria-label", t("map.label"));
    L.control.zoom({ zoomInTitle: t("map.in"), zoomOutTitle: t("map.out") }).addTo(this.map);
    this.map.fitBounds(country);
    this.canvas = new MapCanvas(L, this.map, {
      devices: () => this.shown(), onPick: (devices) => this.pick(devices),
      tip: (devices) => this.tip(devices), shapes: () => this.shapes,
    });
    this.nameAll();
    this.map.on("zoomend moveend", () => this.nameAll());
    // Whoever has chosen what to look at keeps it.
    this.map.on("dragstart", () => { this.isChosen = true; });
    this.box.addEventListener("wheel", () => { this.isChosen = true; }, { passive: true });
    this.box.addEventListener("click", () => { this.isChosen = true; });
    const observer = new ResizeObserver(() => {
      this.map?.invalidateSize({ pan: false });
      if (this.map && !this.isChosen) this.fit();
    });
    observer.observe(this.box);
    this.signal.addEventListener("abort", () => observer.disconnect());
    window.addEventListener("theme", () => this.canvas.draw(), { signal: this.signal });
    if (this.frame.settings.shapes) this.loadShapes();
    this.update();
  }

  async loadShapes() {
    const answer = await fetch("/web/areas.geojson", { signal: this.signal }).catch(() => null);
    if (!answer?.ok) return;
    this.shapes = rings(await answer.json());
    this.canvas.draw();
  }

  shown() {
    return this.frame.fleet.list.filter((device) => !Number.isNaN(device.x) && this.choose(device));
  }

  /// Devices have changed.
  update() {
    if (!this.map) return;
    if (this.mayFit && this.frame.fleet.list.length > 0) this.fit();
    this.canvas.draw();
    this.nameAll();
  }

  fit() {
    const devices = this.shown();
    if (devices.length === 0) return;
    this.mayFit = !this.frame.fleet.isWhole;
    // Some of many tell as much as all.
    const some = devices.length > 4000 ? devices.filter((_, index) => index % Math.ceil(devices.length / 2000) === 0)
      : devices;
    const latitudes = some.map((device) => device.latitude).sort((a, b) => a - b);
    const longitudes = some.map((device) => device.longitude).sort((a, b) => a - b);
    // One place that was typed wrong does not make the rest small.
    const at = (list, share) => list[Math.floor((list.length - 1) * share)];
    this.map.fitBounds(
      [[at(latitudes, 0.002), at(longitudes, 0.002)], [at(latitudes, 0.998), at(longitudes, 0.998)]],
      { paddingTopLeft: [50, 30], paddingBottomRight: [this.insetWidth(), 30], maxZoom: 14, animate: false });
  }

  /// Room for the corner with the sea, where there is some.
  insetWidth() {
    const width = this.element.querySelector(".map-inset")?.offsetWidth ?? 0;
    return this.box.clientWidth > width * 4 ? width + 20 : 30;
  }

  pick(devices) {
    if (devices.length === 1) {
      location.hash = `#/device/${encodeURIComponent(devices[0].id)}`;
      return;
    }
    const bounds = this.L.latLngBounds(devices.map((device) => [device.latitude, device.longitude]));
    const isPoint = bounds.getNorthEast().equals(bounds.getSouthWest(), 1e-5);
    if (isPoint || this.map.getZoom() >= 18) {
      const words = devices[0].area ? `#/devices?area=${encodeURIComponent(devices[0].area)}` : "#/devices";
      location.hash = words;
    } else {
      this.map.fitBounds(bounds, { padding: [60, 60], animate: false });
    }
  }

  tip(devices) {
    if (devices.length === 1) {
      const [device] = devices;
      return [data(device.name ?? device.id), h("span", { class: device.state }, t(`state.${device.state}`))];
    }
    const wrong = devices.filter((device) => device.state === "silent").length;
    const area = devices[0].area ? this.frame.areas.name(devices[0].area) : null;
    return [
      h("span", {}, t("map.many", { n: number(devices.length, 0) })), area ? data(area) : null,
      wrong > 0 ? h("span", { class: "silent" }, t("map.silent", { n: number(wrong, 0) })) : null,
    ];
  }

  // MARK: names

  /// Puts a name on the map once, or takes it away.
  label(key, at, element, isShown) {
    const known = this.labels.get(key);
    if (!isShown) {
      known?.remove();
      this.labels.delete(key);
      return;
    }
    if (known) return;
    const icon = this.L.divIcon({ className: "map-name", html: element, iconSize: [0, 0] });
    const marker = this.L.marker(at, { icon, interactive: false, keyboard: false });
    marker.addTo(this.map);
    this.labels.set(key, marker);
  }

  nameAll() {
    const zoom = this.map.getZoom();
    for (const place of archipelagos) {
      this.label(place.key, [place.latitude, place.longitude], h("div", { class: "map-archipelago" },
        h("strong", {}, t(`place.${place.key}`)), h("span", {}, t("place.vietnam"))), true);
    }
    this.label("sea", [sea.latitude, sea.longitude], h("div", { class: "map-sea" }, t(sea.key)), zoom < 9);
    for (const [name, latitude, longitude, from] of towns) {
      this.label(`town ${name}`, [latitude, longitude], h("div", { class: "map-town", translate: "no" }, name),
        zoom >= from && zoom < 9.5);
    }
    this.nameAreas(zoom);
  }

  /// Communes by the middle of their devices, as many as have room.
  nameAreas(zoom) {
    const wanted = new Map();
    if (zoom >= 9.5) {
      const view = this.map.getBounds().pad(0.1);
      const [south, north, west, east] = [view.getSouth(), view.getNorth(), view.getWest(), view.getEast()];
      const middles = new Map();
      for (const device of this.shown()) {
        const isSeen = device.latitude > south && device.latitude < north && device.longitude > west
          && device.longitude < east;
        if (!device.area || !isSeen) continue;
        const sum = middles.get(device.area) ?? [0, 0, 0];
        middles.set(device.area, [sum[0] + device.latitude, sum[1] + device.longitude, sum[2] + 1]);
      }
      const taken = [];
      const unit = this.canvas?.unit ?? 1;
      for (const [code, [latitude, longitude, count]] of [...middles].sort((a, b) => b[1][2] - a[1][2])) {
        const at = [latitude / count, longitude / count];
        const point = this.map.latLngToContainerPoint(at);
        if (taken.some((other) => Math.abs(other.x - point.x) < 130 * unit
          && Math.abs(other.y - point.y) < 26 * unit)) continue;
        taken.push(point);
        wanted.set(`area ${code}`, [at, this.frame.areas.name(code)]);
        if (wanted.size === 60) break;
      }
    }
    for (const [key, [at, name]] of wanted) {
      this.label(key, at, h("div", { class: "map-area", translate: "no" }, name), true);
    }
    for (const key of [...this.labels.keys()]) {
      if (key.startsWith("area ") && !wanted.has(key)) this.label(key, null, null, false);
    }
  }

  /// The whole sea in a corner, as printed maps of Việt Nam have it: the islands are named whatever is looked at.
  inset() {
    const [left, top] = project(23, 102.2);
    const [right, bottom] = project(7, 117);
    const place = ([latitude, longitude]) => {
      const [x, y] = project(latitude, longitude);
      return `${(((x - left) / (right - left)) * 100).toFixed(1)} ${(((y - top) / (bottom - top)) * 110).toFixed(1)}`;
    };
    const dots = (places) => places.map((at) => `M${place(at)}h.01`).join("");
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("viewBox", "0 0 100 110");
    svg.setAttribute("aria-hidden", "true");
    for (const [kind, places] of [
      ["towns", towns.map(([, latitude, longitude]) => [latitude, longitude])],
      ["islands", archipelagos.flatMap((group) => group.islands)],
    ]) {
      const path = document.createElementNS(space, "path");
      path.setAttribute("class", kind);
      path.setAttribute("d", dots(places));
      svg.append(path);
    }
    return h("div", { class: "map-inset", role: "group", "aria-label": t("map.inset") }, svg,
      archipelagos.map((group) => h("p", { class: `inset-${group.key}` },
        h("strong", {}, t(`place.${group.key}`)), h("span", {}, t("place.vietnam")))));
  }

  end() {
    this.canvas?.end();
    this.map?.remove();
    this.map = null;
  }
}

/// The rings of a GeoJSON as places on Mercator's square.
function rings(json) {
  const found = [];
  for (const feature of json.features ?? [json]) {
    const shape = feature.geometry ?? feature;
    const polygons = { Polygon: [shape.coordinates], MultiPolygon: shape.coordinates }[shape?.type] ?? [];
    for (const polygon of polygons) {
      for (const ring of polygon) {
        const flat = new Float64Array(ring.length * 2);
        for (const [index, [longitude, latitude]] of ring.entries()) {
          [flat[index * 2], flat[index * 2 + 1]] = project(latitude, longitude);
        }
        found.push(flat);
      }
    }
  }
  return found;
}
