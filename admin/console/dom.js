// Building the page. Everything shown goes through h() or s(), which make text nodes and attributes of it, never
// markup, and make characters visible that would otherwise hide or reorder the text around them.

const SVG = 'http://www.w3.org/2000/svg';

// Controls, format characters (bidi overrides, zero widths), lone surrogates, separators; not newline and tab.
const HIDDEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

// What has to be set as a property to have effect.
const PROPERTIES = new Set(['value', 'checked', 'disabled', 'hidden', 'open', 'indeterminate', 'selected']);

/** Returns the text with its hidden characters made visible, in characters that every font has: ‹U+202E›. */
function plain(text) {
  return String(text).replace(HIDDEN, (c) => `‹U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}›`);
}

/** Cuts a text that would not fit anywhere; the whole of it is shown elsewhere. */
export function clip(text, limit = 160) {
  const whole = String(text ?? '');
  return whole.length > limit ? `${whole.slice(0, limit)}…` : whole;
}

/**
 * Makes an HTML element. A prop that is a function listens (`onclick`), `vars` sets CSS custom properties, others are
 * attributes; null and false leave one out. Children are nodes, texts, or lists of them.
 * @param {string} tag
 * @param {Object<string, any>} [props]
 */
export function h(tag, props, ...children) {
  return build(document.createElement(tag), props, children);
}

/** Makes an SVG element in the same way. */
export function s(tag, props, ...children) {
  return build(document.createElementNS(SVG, tag), props, children);
}

function build(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) assign(element, name, value);
  element.append(...nodes(children));
  return element;
}

function assign(element, name, value) {
  if (value == null || value === false) return;
  if (typeof value === 'function') element.addEventListener(name.slice(2), value);
  else if (name === 'vars') setVars(element, value);
  else if (PROPERTIES.has(name)) element[name] = value;
  else element.setAttribute(name, value === true ? '' : plain(value));
}

/** Sets CSS custom properties; a style attribute would be against the page's policy. */
export function setVars(element, vars) {
  for (const [name, value] of Object.entries(vars)) element.style.setProperty(`--${name}`, String(value));
}

function nodes(children) {
  return children
    .flat(Infinity)
    .filter((child) => child != null && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(plain(child))));
}

/** Replaces what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

/** Sets the text of an element, if it is another. */
export function setText(element, text) {
  const shown = plain(text);
  if (element.textContent !== shown) element.textContent = shown;
}

/**
 * Returns a function that shows a list of items in parent, reusing the element of an item that stays, so that focus
 * and open disclosures survive.
 * @template T
 * @param {Element} parent
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => {element: Element, update?: (item: T) => void}} make
 */
export function keyed(parent, keyOf, make) {
  let shown = new Map();
  return (items) => {
    const next = new Map();
    for (const item of items) {
      const key = keyOf(item);
      const part = shown.get(key) ?? make(item);
      part.update?.(item);
      next.set(key, part);
    }
    for (const [key, part] of shown) if (!next.has(key)) part.element.remove();
    order(
      parent,
      [...next.values()].map((part) => part.element),
    );
    shown = next;
  };
}

/** Puts elements in order, moving only those that are not in place. */
function order(parent, elements) {
  let at = parent.firstElementChild;
  for (const element of elements) {
    if (element === at) at = at.nextElementSibling;
    else parent.insertBefore(element, at);
  }
}

/** Returns a function that runs work once before the next paint, however often it is called. */
export function onFrame(work) {
  let requested = 0;
  return () => {
    requested ||= requestAnimationFrame(() => {
      requested = 0;
      work();
    });
  };
}

/** Returns a function that runs work when it has not been called for some milliseconds. */
export function whenQuiet(work, delay) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, delay);
  };
}

/**
 * Returns a function that starts work at once, and, if called while it runs, once more afterwards: an old answer
 * never overwrites a newer one, and calls do not pile up.
 */
export function oneAtATime(work) {
  let running = false;
  let again = false;
  return async function run() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      await work();
    } finally {
      running = false;
    }
    if (again) {
      again = false;
      await run();
    }
  };
}

/** Tells users of screen readers what happened. */
export function announce(text) {
  setText(document.getElementById('announcer'), text);
}
