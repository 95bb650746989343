// Moves the focus with the arrow keys, so that the few keys of a television's remote control are enough.

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary";
const TEXT = ["email", "password", "search", "text", "number"];
// What lies sideways of the direction counts as further away than what lies straight ahead.
const SIDEWAYS = 3;

addEventListener("keydown", (event) => {
  const direction = DIRECTIONS[event.key];
  const isModified = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
  if (!direction || isModified || event.defaultPrevented || usesArrow(event.target, event.key)) return;
  const next = nearest(document.activeElement, direction);
  if (!next) return; // the page scrolls
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "center", inline: "nearest", behavior: "smooth" });
});

/** Whether a field needs a key itself: the caret of a text moves sideways, radio buttons and lists by all arrows. */
function usesArrow(field, key) {
  if (field.matches?.("select, textarea, [type=radio], [type=range]")) return true;
  return field.matches?.("input") && TEXT.includes(field.type) && field.value !== "" && /Left|Right/.test(key);
}

/** The nearest element in a direction, or the first one of the page if nothing has the focus. */
function nearest(current, [x, y]) {
  const scope = document.querySelector("dialog[open]") ?? document;
  const others = [...scope.querySelectorAll(FOCUSABLE)].filter((each) => each !== current && isReachable(each));
  if (!current || current === document.body) return others.find((each) => each.closest("main")) ?? others[0];
  const from = current.getBoundingClientRect();
  let best = null;
  let least = Infinity;
  for (const each of others) {
    const to = each.getBoundingClientRect();
    const ahead = x ? gap(x, from.left, from.right, to.left, to.right) : gap(y, from.top, from.bottom, to.top, to.bottom);
    if (ahead < 0) continue;
    const aside = x ? apart(from.top, from.bottom, to.top, to.bottom) : apart(from.left, from.right, to.left, to.right);
    if (x && aside > 0) continue; // sideways only within a line
    const distance = ahead + SIDEWAYS * aside;
    if (distance < least) [best, least] = [each, distance];
  }
  return best;
}

const isReachable = (each) => !each.disabled && each.tabIndex >= 0 && each.checkVisibility() && each.offsetWidth > 0;

/** How far the other interval begins after this one ends, in a direction; negative if it does not lie there. */
function gap(sign, start, end, otherStart, otherEnd) {
  const middle = (start + end) / 2;
  const other = (otherStart + otherEnd) / 2;
  if ((other - middle) * sign <= 1) return -1;
  return Math.max(0, sign > 0 ? otherStart - end : start - otherEnd);
}

/** How far two intervals are apart; 0 if they overlap. */
const apart = (start, end, otherStart, otherEnd) => Math.max(0, otherStart - end, start - otherEnd);
