// Short words at the edge of the page: what has been done, and what went wrong where no other place shows it.

import { el } from "./dom.js";

const SECONDS = 8;

const told = document.getElementById("told");
const failed = document.getElementById("failed");

/** Something is done; the words go by themselves. */
export function tell(text) {
  const node = el("p.toast", text);
  told.append(node);
  setTimeout(() => node.remove(), SECONDS * 1000);
}

/** Something went wrong; it stands until it is closed or another page is shown. What was called off is no failure. */
export function fail(error) {
  if (error.name === "AbortError") return;
  const close = el("button.quiet", { type: "button", onclick: () => node.remove() }, "Close");
  const node = el("p.toast.wrong", error.message ?? error, close);
  failed.append(node);
}

export const forgetFailures = () => failed.replaceChildren();
