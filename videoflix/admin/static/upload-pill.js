// While files are being uploaded: their progress on every page, and a warning before the tab is closed.

import { count, el, formatLeft, setText } from "./dom.js";
import { changes, entries } from "./uploads.js";

const ACTIVE = ["waiting", "sending", "stalled"];

/** To be called once. Leads to the uploads. */
export function showUploadPill() {
  const text = el("span");
  const bar = el("progress", { "aria-hidden": "true" });
  const pill = el("a.pill", { href: "#/upload", hidden: true }, bar, text);
  const warn = (event) => event.preventDefault();
  document.body.append(pill);

  function update() {
    const active = entries.filter(({ state }) => ACTIVE.includes(state));
    pill.hidden = !active.length;
    const listen = active.length ? addEventListener : removeEventListener;
    listen("beforeunload", warn); // only meanwhile: it keeps pages out of the cache of the back button
    if (!active.length) return;
    const sum = (key) => active.reduce((total, entry) => total + (entry[key] ?? 0), 0);
    const [sent, length, speed] = ["offset", "length", "speed"].map(sum);
    bar.max = length;
    bar.value = sent;
    const parts = [`${count(active.length, "upload")}, ${Math.floor((sent / length) * 100)}\u00a0%`,
      speed > 0 && formatLeft((length - sent) / speed)];
    setText(text, parts.filter(Boolean).join(", "));
  }

  changes.addEventListener("change", update);
}
