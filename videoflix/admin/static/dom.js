// Builds elements, never from markup: what others have written stays text. And writes numbers and times for people.

/** el("p.wrong", { role: "alert" }, "No.") is an element; null and false are left out of it. */
export function el(name, ...content) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.classList.add(...classes);
  for (const part of content.flat(Infinity)) {
    if (part?.constructor === Object) dress(node, part);
    else if (part != null && part !== false) node.append(part);
  }
  return node;
}

/** `onclick: f` listens, booleans and `value` are properties, all else attributes; null is left out. */
function dress(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || (typeof value === "boolean" && name in node)) node[name] = value;
    else node.setAttribute(name, value);
  }
}

/** Says `words` if they are news: a screen reader reads whatever is set. */
export function say(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

/** A state as one of the `words` that there are for it; its colour is the style sheet's. */
export const tag = (words, state) => el("span", { class: `tag ${state}` }, words[state]);

/** Does `work`, for which a button was pressed, unless that is under way already. */
export async function busy(button, work) {
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  try {
    await work();
  } finally {
    button.ariaBusy = null;
  }
}

/** 1400000000 → 1.4 GB */
export function bytes(n) {
  if (n == null) return "–";
  let place = 0;
  for (; n >= 999.5 && place < 4; place++) n /= 1000;
  return `${n.toFixed(place && n < 9.95 ? 1 : 0)} ${["B", "kB", "MB", "GB", "TB"][place]}`;
}

/** 3723 → 1:02:03 */
export function seconds(n) {
  if (n == null) return "–";
  const all = Math.round(n);
  const parts = [Math.floor(all / 60) % 60, all % 60];
  if (all >= 3600) parts.unshift(Math.floor(all / 3600));
  return parts.map((part, place) => String(part).padStart(place && 2, "0")).join(":");
}

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** A moment of the API, in the time of whoever looks. */
export const date = (iso) => (iso == null ? "–" : DATE.format(new Date(iso)));

/** 1, "entry" → 1 entry; 2, "entry" → 2 entries */
export const count = (n, word) => `${n} ${n === 1 ? word : `${word.replace(/y$/, "ie")}s`}`;
