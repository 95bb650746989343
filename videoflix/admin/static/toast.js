// Short messages at the edge of the page: what has been done, and errors that have no other place.

import { el } from "./dom.js";

const NOTICE_SECONDS = 8;

const notices = document.getElementById("notices");
const errors = document.getElementById("errors");

export function notify(text) {
  const node = el("p.toast", text);
  notices.append(node);
  setTimeout(() => node.remove(), NOTICE_SECONDS * 1000);
}

/** Shows an error, or a string, until it is closed or another view is opened. Aborted requests are ignored. */
export function showError(error) {
  if (error.name === "AbortError") return;
  const close = el("button.subtle", { type: "button", onclick: () => node.remove() }, "Close");
  const node = el("p.toast.error", error.message ?? error, close);
  errors.append(node);
}

export const clearErrors = () => errors.replaceChildren();
