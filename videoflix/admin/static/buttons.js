// Buttons, and those that ask for a file; where what was pressed fails, a toast tells why.

import { busy, el } from "./dom.js";
import { fail } from "./toast.js";

export function button(label, press, attributes) {
  const onclick = (event) => busy(event.currentTarget, press).catch(fail);
  return el("button", { type: "button", onclick, ...attributes }, label);
}

/** `take(file)`, or with `multiple` `take(files)`, gets what was chosen; the same file can be chosen again. */
export function chooser(label, take, attributes) {
  const onchange = () => {
    const files = [...input.files];
    input.value = "";
    if (files.length) take(input.multiple ? files : files[0]).catch(fail);
  };
  const input = el("input", { type: "file", onchange, ...attributes });
  return el("label.file.button", label, input);
}
