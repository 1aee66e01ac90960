/// Asks the server that this page came from. Says when it cannot be reached, and when nobody is logged in.

export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail ?? `HTTP ${status}`);
    this.status = status;
    this.kind = (body?.type ?? "").split(":").pop();
  }
}

export const link = new EventTarget();
let isReached = true;

/// Whether the server answered last.
export function isConnected() {
  return isReached;
}

export function noteReached(reached) {
  if (isReached === reached) return;
  isReached = reached;
  link.dispatchEvent(new Event("change"));
}

/// A path with its query; what is null or undefined is left out.
export function address(path, query) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined && value !== "") parameters.set(name, value);
  }
  const text = parameters.toString();
  return text ? `${path}?${text}` : path;
}

async function send(path, options) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name !== "AbortError") noteReached(false);
    throw error;
  }
  noteReached(true);
  if (answer.ok) return answer;
  const body = await answer.json().catch(() => null);
  // A token that is not valid is told where it was typed.
  if (answer.status === 401 && !options?.headers?.Authorization) link.dispatchEvent(new Event("login"));
  throw new Problem(answer.status, body);
}

/// The JSON of an answer.
export async function ask(path, query, signal) {
  return (await send(address(path, query), { signal })).json();
}

/// The text of an answer.
export async function askText(path, query, signal) {
  return (await send(address(path, query), { signal })).text();
}

/// Does something: POST with a JSON body, or DELETE.
export async function act(path, body, method = "POST") {
  const answer = await send(path, {
    method, headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return answer.status === 204 ? null : answer.json();
}

/// Posts a text of another type.
export async function sendText(path, body, type) {
  return (await send(path, { method: "POST", headers: { "Content-Type": type }, body })).json();
}

/// Exchanges a token for a session's cookie.
export async function login(token) {
  await send("/v1/session", { method: "POST", headers: { Authorization: `Bearer ${token}` } });
}

export async function logout() {
  await send("/v1/session", { method: "DELETE" });
}

/// Every page of a list, each as it comes.
export async function* pages(path, query, name, signal) {
  let cursor = null;
  do {
    const answer = await ask(path, { ...query, cursor }, signal);
    yield answer[name];
    cursor = answer.next;
  } while (cursor);
}
