/// Reads the ledger: what came a second, and what was not stored, by name.
import { t, tOr } from "../app/language.js";

/// What came a second between two looks.
export class LedgerRate {
  constructor() {
    this.before = null;
  }

  take(ledger) {
    const now = performance.now();
    const total = ledger.total;
    const rates = { received: NaN, readings: NaN, stored: NaN };
    const listeners = {};
    if (this.before) {
      const seconds = (now - this.before.at) / 1000;
      for (const name of Object.keys(rates)) {
        rates[name] = Math.max(0, (total[name] - this.before.ledger.total[name]) / seconds);
      }
      for (const [name, counts] of Object.entries(ledger.listeners)) {
        const earlier = this.before.ledger.listeners[name];
        if (earlier) listeners[name] = Math.max(0, (counts.received - earlier.received) / seconds);
      }
    }
    if (!this.before || now - this.before.at > 900) this.before = { at: now, ledger };
    return { rates, listeners, total };
  }
}

/// Everything that was not stored, the most first. `isBad` is what nobody wishes for: good rows that were lost.
export function lossesOf(counts) {
  const losses = [];
  const add = (kind, code, count, isBad) => {
    if (count > 0) losses.push({ key: `${kind} ${code ?? ""}`, kind, code, count, isBad, text: t(`loss.${kind}`) });
  };
  add("kernel", null, counts.kernel_dropped, true);
  for (const [code, count] of Object.entries(counts.shed)) add("shed", code, count, true);
  for (const [code, count] of Object.entries(counts.rejected)) add("rejected", code, count, false);
  for (const [code, count] of Object.entries(counts.rejected_rows ?? {})) add("rows", code, count, false);
  for (const [code, count] of Object.entries(counts.rejected_fields ?? {})) add("fields", code, count, false);
  add("duplicate", null, counts.duplicate, false);
  return losses.sort((a, b) => Number(b.isBad) - Number(a.isBad) || b.count - a.count);
}

/// What a reason means; its label stands beside it.
export function reasonText(code) {
  return tOr(`reason.${code}`, "");
}
