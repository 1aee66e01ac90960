/// Puts a device into the registry's file of devices: the server adds a line, as that file writes its lines.
import { sendText } from "./api.js";

const columns = ["id", "class", "name", "area", "domain", "agency", "latitude", "longitude", "addresses", "interval"];

/// What stands empty is left out, so that a file without such a column takes the line too.
export async function adopt(device) {
  const filled = columns.filter((name) => String(device[name] ?? "").trim() !== "");
  const lines = [filled.join(","), filled.map((name) => quoted(device[name])).join(",")];
  return sendText("/v1/registry/devices?add=1", `${lines.join("\n")}\n`, "text/csv");
}

function quoted(value) {
  return `"${String(value).trim().replaceAll('"', '""')}"`;
}
