/// Fields by the names that people give them, and in the order in which somebody who looks for a fault wants them.
import { data } from "../app/dom.js";
import { number } from "../app/format.js";
import { t, tOr } from "../app/language.js";

/// What is looked at first, by class. Others follow by name.
const first = {
  camera: ["lost", "jitter", "frame_rate", "fps", "key_frames", "clock_offset_ms", "frame_age", "bitrate_kbps",
    "online"],
  bts: ["grid", "battery_v", "load_a", "alarms", "rssi", "throughput", "temperature"],
  sensor: ["level_m", "rain_mm", "flow", "temperature", "humidity", "wind_ms"],
  gateway: ["rx", "tx", "uptime"],
};
/// What describes a stream and is no measure of it.
const plain = new Set(["payload_type", "clock_rate", "clock_estimated", "codec", "source"]);
const units = { Cel: "°C", "%RH": "%", "m3/s": "m³/s" };

export function fieldName(measurement, field) {
  return tOr(`field.${measurement}.${field}`, tOr(`field.${field}`, null)) ?? data(field);
}

/// The same as plain text, for those to whom it is read.
export function fieldText(measurement, field) {
  return tOr(`field.${measurement}.${field}`, tOr(`field.${field}`, field));
}

export function measurementName(name) {
  return tOr(`measurement.${name}`, null) ?? data(name);
}

export function unitText(unit) {
  return unit === null || unit === undefined ? "" : (units[unit] ?? unit);
}

/// What the node keeps of itself, and is no measurement of a device's.
export const ownTables = new Set(["alarms", "audit", "devices", "events"]);

/// The fields of some measurements that a chart can show, the first ones first.
export function drawable(measurements, names, className) {
  const wanted = first[className] ?? [];
  const rank = (field) => (wanted.indexOf(field.name) + 1 || 99);
  return measurements.filter(({ name }) => names.includes(name) && !ownTables.has(name)).flatMap((measurement) =>
    measurement.fields.filter((field) => field.type !== "string" && !plain.has(field.name))
      .map((field) => ({ measurement: measurement.name, ...field })))
    .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

export function valueText(value) {
  if (typeof value === "number") return number(value, 3);
  if (typeof value === "boolean") return t(value ? "value.yes" : "value.no");
  return value === null || value === undefined ? "–" : data(value);
}
