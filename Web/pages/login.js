/// Asks for a token, which becomes a session's cookie and is kept nowhere.
import { login, Problem } from "../app/api.js";
import { data, h } from "../app/dom.js";
import { t } from "../app/language.js";

export function showLogin(root, onLogin) {
  const field = h("input", {
    type: "password", id: "token", name: "token", autocomplete: "current-password", required: true,
    "aria-describedby": "token-hint", spellcheck: "false",
  });
  const fault = h("p", { class: "fault", role: "alert" });
  const form = h("form", { class: "panel login" },
    h("h1", {}, data("ThiNai")),
    h("label", { for: "token" }, t("login.token")), field,
    h("p", { id: "token-hint", class: "dim" }, t("login.hint")),
    h("button", { type: "submit", class: "main" }, t("login.enter")), fault);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    fault.textContent = "";
    try {
      await login(field.value.trim());
      field.value = "";
      await onLogin();
    } catch (error) {
      fault.textContent = error instanceof Problem && error.status === 401 ? t("login.refused") : t("login.failed");
    }
  });
  root.replaceChildren(h("main", { class: "page-login" }, form));
  document.title = `${t("login.title")} · ThiNai`;
  field.focus();
}
