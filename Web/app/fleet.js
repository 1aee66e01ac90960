/// Every device that whoever looks may see, kept in the browser: some hundred octets each, read page by page, again and
/// again. So tiles, map, search and the table of 100 thousand devices ask nothing more of the server. What is shown
/// before all are read comes from their counts.
import { ask } from "./api.js";
import { fold } from "./fold.js";

export const states = ["live", "late", "silent", "never", "foreign"];
export const classes = ["camera", "bts", "sensor", "gateway"];
/// The first page is small, so that something is to be seen at once.
const firstRows = 1000;
const pageRows = 5000;
/// How many areas of the most silent devices are shown before all devices are read.
const worstAreas = 8;

export class Fleet extends EventTarget {
  constructor() {
    super();
    this.byId = new Map();
    this.list = [];
    this.isWhole = false;
    /// Of each class and of the worst areas, as the server counts them; null before it has, or when all are read.
    this.counted = null;
    // Between two readings of all devices; the stream tells of those that fall silent meanwhile.
    this.pause = 10000;
    this.texts = new Map();
  }

  /// Reads all of it, again and again.
  async run(signal) {
    while (!signal.aborted) {
      const began = performance.now();
      try {
        if (!document.hidden || !this.isWhole) await this.read(signal);
      } catch (error) {
        if (error.name === "AbortError") return;
      }
      // Never more than a tenth of the time.
      const took = performance.now() - began;
      await new Promise((resume) => setTimeout(resume, Math.max(this.pause, took * 9)));
    }
  }

  /// How many there are, before the first of them is read.
  async readCounts(signal) {
    const answer = await ask("/v1/counts", { limit: worstAreas }, signal);
    this.counted = {
      total: answer.total.devices,
      classes: new Map(answer.classes.map((each) => [each.class ?? "", countOf(each)])),
      areas: answer.areas.map((each) => [each.area, countOf(each)]),
    };
    this.tell();
  }

  async read(signal) {
    if (!this.isWhole && this.list.length === 0) await this.readCounts(signal);
    const seen = new Set();
    let cursor = null;
    do {
      const limit = this.isWhole || cursor ? pageRows : firstRows;
      const answer = await ask("/v1/devices", { limit, cursor }, signal);
      const now = Date.now();
      for (const device of answer.devices) {
        if (device.refused && this.byId.has(device.id) && seen.has(device.id)) continue;
        seen.add(device.id);
        this.take(device, now);
      }
      cursor = answer.next;
      if (!this.isWhole) this.tell();
    } while (cursor);
    for (const id of [...this.byId.keys()]) if (!seen.has(id)) this.byId.delete(id);
    this.list = [...this.byId.values()];
    // For who measures how long that takes.
    if (!this.isWhole) performance.mark("all-devices");
    this.isWhole = true;
    this.counted = null;
    this.tell();
  }

  /// One of each text: a hundred thousand devices have few agencies.
  one(text) {
    if (text === null || text === undefined) return null;
    const known = this.texts.get(text);
    if (known !== undefined) return known;
    this.texts.set(text, text);
    return text;
  }

  take(device, now) {
    let kept = this.byId.get(device.id);
    if (!kept) {
      kept = { id: device.id, x: NaN, y: NaN, latitude: null, longitude: null };
      this.byId.set(device.id, kept);
      if (!this.isWhole) this.list.push(kept);
    }
    kept.name = device.name;
    kept.class = this.one(device.class);
    kept.area = this.one(device.area);
    kept.domain = this.one(device.domain);
    kept.agency = this.one(device.agency);
    kept.interval = device.interval;
    kept.seen = device.last_seen ? Date.parse(device.last_seen) : null;
    kept.state = stateOf(device, kept.seen, now);
    kept.refused = device.refused ?? null;
    if (kept.latitude !== device.latitude || kept.longitude !== device.longitude) {
      kept.latitude = device.latitude;
      kept.longitude = device.longitude;
      [kept.x, kept.y] = project(device.latitude, device.longitude);
    }
  }

  /// What an event of the stream says of a device.
  hear(event) {
    const device = this.byId.get(event.device);
    if (!device) return;
    if (event.kind === "device.silent") device.state = "silent";
    else if (event.kind === "device.back") device.state = "live";
    else return;
    this.tell();
  }

  tell() {
    this.dispatchEvent(new Event("change"));
  }

  /// How many of each state, by class; devices without one under "".
  count(filter) {
    if (this.counted && !filter) return this.counted.classes;
    const counts = new Map();
    for (const device of this.list) {
      if (filter && !filter(device)) continue;
      const key = device.class ?? "";
      if (!counts.has(key)) counts.set(key, { all: 0, live: 0, late: 0, silent: 0, never: 0, foreign: 0 });
      const count = counts.get(key);
      count.all += 1;
      count[device.state] += 1;
    }
    return counts;
  }

  find(words, atMost) {
    const found = [];
    for (const device of this.list) {
      if (words.every((word) => folded(device).includes(word))) found.push(device);
      if (found.length === atMost) break;
    }
    return found;
  }
}

/// The server's counts as they are shown: its live ones with the late, its silent ones with those never heard.
function countOf({ devices, live, late, silent, never, unknown }) {
  return { all: devices, live: live - late, late, silent: silent - never, never, foreign: unknown };
}

/// A device's texts as they are searched, made when first asked for.
export function folded(device) {
  device.folded ??= fold(`${device.id} ${device.name ?? ""}`);
  return device.folded;
}

/// Well, late (its next report is overdue), silent (so for three of its intervals), never heard, or in no registry.
export function stateOf(device, seen, now) {
  if (device.status === "unknown") return "foreign";
  if (device.status === "silent") return seen === null ? "never" : "silent";
  // Nobody knows when the next report is due of one whose interval nobody said.
  if (seen === null || device.interval === null) return "live";
  return now - seen > device.interval * 1500 + 3000 ? "late" : "live";
}

/// Where a place lies on Mercator's square, 0 to 1.
export function project(latitude, longitude) {
  if (latitude === null || longitude === null) return [NaN, NaN];
  const sine = Math.sin((latitude * Math.PI) / 180);
  return [longitude / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
}
