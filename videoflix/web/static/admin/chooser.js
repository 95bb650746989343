// A button that asks for a file.

import { el } from "./dom.js";

/** `take(file)` gets what was chosen, and sees to its own errors; the same file can be chosen again. */
export function chooser(label, take, attributes = {}) {
  const input = el("input", { type: "file", ...attributes });
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    if (files.length) take(input.multiple ? files : files[0]);
  });
  return el("label", { class: "file button" }, label, input);
}
