/// The administrative areas as they are today.
import { ask } from "./api.js";
import { fold } from "./fold.js";

export class Areas {
  constructor(list, today) {
    this.all = new Map();
    this.children = new Map();
    for (const area of list) {
      const isValid = (!area.valid_from || area.valid_from <= today) && (!area.valid_to || area.valid_to > today);
      const known = this.all.get(area.code);
      // Of an area that is no more its last name stays, for what was stored under it.
      if (known?.isValid && !isValid) continue;
      this.all.set(area.code, { ...area, isValid, folded: `${fold(area.name)} ${area.code}` });
    }
    for (const area of this.all.values()) {
      if (!area.isValid) continue;
      const parent = area.parent ?? "";
      if (!this.children.has(parent)) this.children.set(parent, []);
      this.children.get(parent).push(area);
    }
  }

  static async load(signal) {
    const answer = await ask("/v1/areas", {}, signal);
    return new Areas(answer.areas, new Date().toISOString().slice(0, 10));
  }

  name(code) {
    return this.all.get(code)?.name ?? code ?? "";
  }

  /// The codes from the top of the tree down to an area.
  path(code) {
    const path = [];
    for (let at = code; at && !path.includes(at); at = this.all.get(at)?.parent) path.unshift(at);
    return path;
  }

  /// Whether an area lies within another, or is it.
  isWithin(code, outer) {
    return this.path(code).includes(outer);
  }

  below(code) {
    return this.children.get(code ?? "") ?? [];
  }

  find(words, atMost) {
    const found = [];
    for (const area of this.all.values()) {
      if (area.isValid && words.every((word) => area.folded.includes(word))) found.push(area);
      if (found.length === atMost) break;
    }
    return found;
  }
}
