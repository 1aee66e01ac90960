/// The words of the page: Vietnamese first, English by a switch.
const names = ["vi", "en"];
let words = {};
let current = "vi";

/// Loads the language that was chosen last; Vietnamese before anybody has chosen.
export async function loadLanguage() {
  const chosen = localStorage.getItem("language");
  await use(names.includes(chosen) ? chosen : "vi");
}

async function use(name) {
  words = (await import(`../i18n/${name}.js`)).default;
  current = name;
  document.documentElement.lang = name;
}

export function language() {
  return current;
}

/// The other one is used from now on.
export async function switchLanguage() {
  const next = names[(names.indexOf(current) + 1) % names.length];
  localStorage.setItem("language", next);
  await use(next);
}

/// The text of a key; `{name}` in it stands for what is given.
export function t(key, given) {
  const text = words[key];
  if (text === undefined) {
    console.error(`no text for ${key} in ${current}`);
    return key;
  }
  return given ? text.replace(/\{(\w+)\}/g, (whole, name) => given[name] ?? whole) : text;
}

/// The text of a key if there is one; else what is given.
export function tOr(key, fallback) {
  return words[key] ?? fallback;
}
