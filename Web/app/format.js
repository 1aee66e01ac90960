/// Numbers and times as each language writes them, in the zone of the node.
import { language, t } from "./language.js";

let zone = "Asia/Ho_Chi_Minh";
const made = new Map();

export function setZone(name) {
  zone = name;
  made.clear();
}

function locale() {
  return language() === "en" ? "en-GB" : "vi-VN";
}

function formatter(kind, options, type = Intl.NumberFormat) {
  const key = `${locale()} ${kind}`;
  if (!made.has(key)) made.set(key, new type(locale(), options));
  return made.get(key);
}

/// A number with so many digits behind the comma at the most.
export function number(value, digits = 2) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  return formatter(`number ${digits}`, { maximumFractionDigits: digits }).format(value);
}

/// A large number short: 12,3 nghìn.
export function short(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (Math.abs(value) < 10000) return number(value, Math.abs(value) < 10 ? 2 : 0);
  return formatter("short", {
    notation: "compact", compactDisplay: language() === "en" ? "short" : "long", maximumFractionDigits: 1,
  }).format(value);
}

export function percent(share, digits = 1) {
  if (share === null || share === undefined) return "–";
  // 99,96 % is not all of it.
  const cut = share < 1 ? Math.floor(share * 100 * 10 ** digits) / 10 ** digits : 100;
  return `${number(cut, digits)} %`;
}

export function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${number(value, unit === 0 ? 0 : 1)} ${units[unit]}`;
}

const parts = {
  time: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  minute: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  date: { day: "2-digit", month: "2-digit", year: "numeric" },
  day: { day: "2-digit", month: "2-digit" },
  full: {
    day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
    hourCycle: "h23",
  },
};

function piece(kind, time) {
  if (time === null || time === undefined) return "–";
  return formatter(kind, { ...parts[kind], timeZone: zone }, Intl.DateTimeFormat).format(new Date(time));
}

export const timeOfDay = (time) => piece("time", time);
export const minuteOfDay = (time) => piece("minute", time);
export const date = (time) => piece("date", time);
/// 30/11 in both languages.
export const day = (time) => piece("day", time).replace("-", "/");

/// Day and time, in that order in both languages.
export function moment(time) {
  return time === null || time === undefined ? "–" : `${date(time)} ${timeOfDay(time)}`;
}

/// How long something takes: the largest units of it.
export function duration(seconds, most = 2) {
  if (seconds === null || seconds === undefined) return "–";
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  let rest = Math.max(0, Math.round(seconds));
  const said = [];
  for (const [name, length] of units) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) said.push(t(`unit.${name}`, { n: number(count, 0) }));
    if (said.length === most || (said.length > 0 && count === 0)) break;
  }
  return said.length === 0 ? t("unit.second", { n: "0" }) : said.join(" ");
}

/// How long ago a time was.
export function age(time, now = Date.now()) {
  if (time === null || time === undefined) return t("time.never");
  const seconds = (now - new Date(time)) / 1000;
  return seconds < 2 ? t("time.now") : t("time.ago", { duration: duration(seconds, 1) });
}

/// A time as a field for day and minute holds it, in the node's zone: 2026-11-30T07:05.
export function localText(time) {
  const at = fieldsOf(time);
  return `${at.year}-${at.month}-${at.day}T${at.hour}:${at.minute}`;
}

/// The time that such a field holds, in milliseconds; NaN if it holds none.
export function timeOfLocal(text) {
  const wanted = Date.parse(`${text}Z`);
  if (Number.isNaN(wanted)) return NaN;
  // How far the zone is from UTC is asked at that time, and once more where its clocks change right then.
  let time = wanted;
  for (let turn = 0; turn < 2; turn += 1) time += wanted - Date.parse(`${localText(time)}Z`);
  return time;
}

function fieldsOf(time) {
  const fields = new Intl.DateTimeFormat("en-CA", { timeZone: zone, ...parts.full }).formatToParts(new Date(time));
  return Object.fromEntries(fields.map((field) => [field.type, field.value]));
}

/// Midnight of the zone that a time's day began with, in milliseconds.
export function startOfDay(time) {
  const fields = new Intl.DateTimeFormat("en-CA", { timeZone: zone, ...parts.time }).formatToParts(new Date(time));
  const at = Object.fromEntries(fields.map((field) => [field.type, Number(field.value)]));
  return Math.floor(time / 1000) * 1000 - ((at.hour * 60 + at.minute) * 60 + at.second) * 1000;
}
