// Buttons, and those that ask for a file; where what was pressed fails, a toast tells why.

import { busy, el } from "./dom.js";
import { fail } from "./toast.js";

export const button = (label, press, attributes = {}) => {
  const node = el("button", { type: "button", ...attributes }, label);
  node.addEventListener("click", () => busy(node, press).catch(fail));
  return node;
};

/** `take(file)`, or with `multiple` `take(files)`, gets what was chosen; the same file can be chosen again. */
export function chooser(label, take, attributes = {}) {
  const input = el("input", { type: "file", ...attributes });
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    if (files.length) take(input.multiple ? files : files[0]).catch(fail);
  });
  return el("label", { class: "file button" }, label, input);
}
