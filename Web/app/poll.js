/// Does something again and again, while the page is looked at.
///
/// A failure is passed over: what is shown stays, and the mark of the connection says how old it is.
export function poll(work, everyMillis, signal) {
  let timer = null;
  let isRunning = false;
  async function turn() {
    clearTimeout(timer);
    if (signal.aborted || isRunning) return;
    isRunning = true;
    try {
      if (!document.hidden) await work();
    } catch (error) {
      if (error.name !== "AbortError" && error.status === undefined && !(error instanceof TypeError)) throw error;
    } finally {
      isRunning = false;
      if (!signal.aborted) timer = setTimeout(turn, everyMillis);
    }
  }
  const wake = () => { if (!document.hidden) turn(); };
  document.addEventListener("visibilitychange", wake, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  turn();
  return { now: turn };
}

/// Calls at most once a second, the last time included.
export function calmly(work, everyMillis = 1000) {
  let last = -Infinity;
  let timer = null;
  return () => {
    if (timer !== null) return;
    const wait = Math.max(0, last + everyMillis - performance.now());
    timer = setTimeout(() => {
      timer = null;
      last = performance.now();
      work();
    }, wait);
  };
}
