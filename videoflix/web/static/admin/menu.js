// A button that opens a short list of things to do with a row.

import { el } from "./dom.js";
import { fail } from "./toast.js";

let last = 0;

/** `items`: [{label, danger, run()}], or false for what does not fit now. */
export function menu(label, items) {
  const id = `menu-${++last}`;
  const list = el("div", { id, popover: "auto", class: "menu" });
  const open = el("button", { type: "button", popovertarget: id, "aria-label": label }, "Actions ▾");
  for (const item of items.filter(Boolean)) {
    const press = async () => {
      list.hidePopover();
      try {
        await item.run();
      } catch (error) {
        fail(error);
      }
    };
    list.append(el("button", { type: "button", class: item.danger ? "danger" : null, onclick: press }, item.label));
  }
  list.addEventListener("toggle", ({ newState }) => {
    if (newState !== "open") return;
    const place = open.getBoundingClientRect();
    const below = place.bottom + list.offsetHeight < innerHeight;
    list.style.top = `${below ? place.bottom : Math.max(0, place.top - list.offsetHeight)}px`;
    list.style.left = `${Math.max(0, Math.min(place.right, innerWidth) - list.offsetWidth)}px`;
    list.querySelector("button")?.focus();
  });
  return el("span", {}, open, list);
}
