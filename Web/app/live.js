/// What the server tells by itself (`/v1/stream`). The browser comes back by itself with the id of the last thing that
/// it took, and is told what it missed.
import { address, noteReached } from "./api.js";

/// Calls `onEvent(type, data)` for each, until the signal ends it.
export function listen(query, onEvent, signal) {
  let source = null;
  let timer = null;
  function open() {
    if (signal.aborted) return;
    source = new EventSource(address("/v1/stream", query));
    source.onopen = () => noteReached(true);
    source.onerror = () => {
      // A refusal ends it for good, and is no lost connection: try again slowly.
      if (source.readyState === EventSource.CLOSED) again();
      else noteReached(false);
    };
    for (const type of ["change", "event"]) {
      source.addEventListener(type, (event) => onEvent(type, JSON.parse(event.data)));
    }
    source.addEventListener("problem", () => {
      source.close();
      again();
    });
  }
  function again() {
    clearTimeout(timer);
    timer = setTimeout(open, 5000);
  }
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    source?.close();
  });
  open();
}
