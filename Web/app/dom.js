/// Makes elements, and turns what is shown into what it should be without flicker. No markup is ever made of text.

const SVG = "http://www.w3.org/2000/svg";

/// An element with attributes and children. A child that is null, undefined or false is left out.
export function h(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/// The same of SVG.
export function s(tag, attributes, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    } else if (name === "value") {
      element.value = value;
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(element, child);
    else element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/// Text that is data, and is the same in every language.
export function data(text, attributes) {
  return h("span", { translate: "no", ...attributes }, text);
}

/// Turns `old` into `fresh`, keeping every node that stays what it is: focus, selection and scroll positions with it.
/// What is marked `data-island` is left alone.
export function morph(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.hasAttribute("data-island")) return;
  morphAttributes(old, fresh);
  morphChildren(old, [...fresh.childNodes]);
}

function morphAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

/// Puts `children` into an element, keeping those that are there. They are given as `h` takes them.
export function morphChildren(element, given) {
  const children = nodes(given, []);
  const keyed = new Map();
  for (const child of element.childNodes) {
    const key = keyOf(child);
    if (key) keyed.set(key, child);
  }
  const kept = new Set();
  let cursor = element.firstChild;
  for (const next of children) {
    const key = keyOf(next);
    let match = key ? keyed.get(key) : null;
    if (!key && cursor && !keyOf(cursor) && isSameKind(cursor, next)) match = cursor;
    if (match && isSameKind(match, next)) {
      if (match === cursor) cursor = cursor.nextSibling;
      else element.insertBefore(match, cursor);
      morph(match, next);
      kept.add(match);
    } else {
      kept.add(next);
      element.insertBefore(next, cursor);
    }
  }
  for (const child of [...element.childNodes]) if (!kept.has(child)) child.remove();
}

function nodes(given, found) {
  for (const child of given) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) nodes(child, found);
    else found.push(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return found;
}

function keyOf(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null;
}

function isSameKind(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName;
}
