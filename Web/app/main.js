/// Begins: words, settings, who looks; then the frame and the page that the address names.
import { ask, link, Problem } from "./api.js";
import { loadLanguage } from "./language.js";
import { setZone } from "./format.js";
import { Frame } from "./frame.js";
import { showLogin } from "../pages/login.js";

const root = document.getElementById("app");
let frame = null;

async function settings() {
  const answer = await fetch("/web/settings.json");
  return answer.ok ? answer.json() : { zone: "Asia/Ho_Chi_Minh", tokens: true, shapes: false, missing: [] };
}

/// The theme that was chosen before, or the system's.
function applyTheme() {
  document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "auto";
}

async function begin() {
  applyTheme();
  const [facts] = await Promise.all([settings(), loadLanguage()]);
  setZone(facts.zone);
  link.addEventListener("login", () => askWho(facts));
  window.addEventListener("language", () => restart(facts));
  restart(facts);
}

function restart(facts) {
  frame?.close();
  frame = null;
  // Nobody is asked where the server asks nobody; and a first visit needs no refusal to know that it is one.
  if (facts.tokens && localStorage.getItem("session") === null) {
    return askWho(facts);
  }
  frame = new Frame(root, facts);
}

function askWho(facts) {
  frame?.close();
  frame = null;
  localStorage.removeItem("session");
  showLogin(root, async () => {
    localStorage.setItem("session", "1");
    try {
      await ask("/readyz");
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 503) throw error;
    }
    restart(facts);
  });
}

begin();
