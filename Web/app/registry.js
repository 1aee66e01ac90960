/// Puts a device into the registry's file of devices: the file is read, a line is added as the file writes lines, and the
/// file is put back only if nobody else has changed it meanwhile.
import { Problem, noteReached } from "./api.js";

const path = "/v1/registry/devices";
const tries = 3;

export async function adopt(device) {
  for (let turn = 1; ; turn += 1) {
    const { text, tag } = await read();
    const answer = await fetch(path, {
      method: "POST", credentials: "same-origin", headers: { "Content-Type": "text/csv", ...(tag ? { "If-Match": tag } : {}) },
      body: withLine(text, device),
    });
    if (answer.ok) return answer.json();
    // Somebody else was faster: on top of what they wrote.
    if (answer.status === 412 && turn < tries) continue;
    throw new Problem(answer.status, await answer.json().catch(() => null));
  }
}

async function read() {
  // The tag is of the file as it is, not of how it was packed.
  const answer = await fetch(path, { credentials: "same-origin", headers: { "Cache-Control": "no-cache" } });
  noteReached(true);
  if (!answer.ok) throw new Problem(answer.status, await answer.json().catch(() => null));
  return { text: await answer.text(), tag: answer.headers.get("ETag") };
}

/// The file with one more line, its values where the head names them.
export function withLine(text, device) {
  const head = text.split(/\r?\n/, 1)[0].replace(/^\ufeff/, "");
  const separator = head.includes(";") ? ";" : head.includes("\t") ? "\t" : ",";
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const columns = head.split(separator).map((name) => name.trim().replace(/^"|"$/g, "").toLowerCase());
  const line = columns.map((name) => quoted(device[name] ?? "", separator)).join(separator);
  return text + (text === "" || text.endsWith("\n") ? "" : end) + line + end;
}

function quoted(value, separator) {
  const text = String(value).trim();
  return text.includes(separator) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
