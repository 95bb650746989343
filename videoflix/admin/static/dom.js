// Creates elements, never from markup, so that user input stays text. Formats numbers and dates.

/** For example el("p.error", { role: "alert" }, "No."). Null and false are skipped. */
export function el(name, ...content) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.classList.add(...classes);
  for (const part of content.flat(Infinity)) {
    if (part?.constructor === Object) setAttributes(node, part);
    else if (part != null && part !== false) node.append(part);
  }
  return node;
}

/** `onclick: f` adds a listener, booleans and `value` set properties, the rest attributes. Null is skipped. */
function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || (typeof value === "boolean" && name in node)) node[name] = value;
    else node.setAttribute(name, value);
  }
}

/** Sets a text only if it has changed: screen readers announce whatever is set. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Replaces the content of an element. The focus stays where it was, or moves to the replacement. */
export function refill(parent, content) {
  const focused = document.activeElement;
  const id = parent.contains(focused) && focused.closest("[data-id]")?.dataset.id;
  const focusable = () => {
    const scope = id ? parent.querySelector(`[data-id="${CSS.escape(id)}"]`) : parent;
    return [...(scope?.querySelectorAll("a, button, input, select") ?? [])];
  };
  const index = focusable().indexOf(focused);
  parent.replaceChildren(...content);
  if (index >= 0) (parent.contains(focused) ? focused : focusable()[index])?.focus();
}

export const badge = (labels, state) => el("span", { class: `badge ${state}` }, labels[state]);

/** Runs the `action` of a button, unless it is already running. */
export async function whileBusy(button, action) {
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  try {
    await action();
  } finally {
    button.ariaBusy = null;
  }
}

export function formatBytes(n) {
  if (n == null) return "–";
  let unit = 0;
  for (; n >= 999.5 && unit < 4; unit++) n /= 1000;
  return `${n.toFixed(unit && n < 9.95 ? 1 : 0)} ${["B", "kB", "MB", "GB", "TB"][unit]}`;
}

export function formatSeconds(n) {
  if (n == null) return "–";
  const all = Math.round(n);
  const parts = [Math.floor(all / 60) % 60, all % 60];
  if (all >= 3600) parts.unshift(Math.floor(all / 3600));
  return parts.map((part, index) => String(part).padStart(index && 2, "0")).join(":");
}

/** How long something takes that nobody can tell to the second: “2 h 5 min left”. */
export function formatLeft(seconds) {
  const minutes = Math.ceil(seconds / 60);
  if (minutes <= 1) return "less than a minute left";
  if (minutes < 60) return `${minutes} min left`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export const formatDate = (iso) => (iso == null ? "–" : DATE.format(new Date(iso)));

export const count = (n, noun) => `${n} ${n === 1 || noun.endsWith("s") ? noun : `${noun.replace(/y$/, "ie")}s`}`;
