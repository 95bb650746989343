// Moves the focus with the arrow keys on pages with a single card: the remote of a television has no Tab key.

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
const TARGETS = "main :is(a[href], button, input:not([type=hidden]), select)";

document.addEventListener("keydown", (event) => {
  const isText = event.target.matches?.("input:not([type=checkbox])");
  if (!(event.key in STEPS) || (isText && /Left|Right/.test(event.key)) || event.target.matches?.("select")) return;
  const targets = [...document.querySelectorAll(TARGETS)].filter((each) => each.checkVisibility());
  const at = targets.indexOf(document.activeElement) + STEPS[event.key];
  if (!targets[at]) return;
  event.preventDefault();
  targets[at].focus();
});
