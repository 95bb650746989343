
import { el, whileBusy } from "./dom.js";
import { showError } from "./toast.js";

export function button(label, action, attributes) {
  const onclick = (event) => whileBusy(event.currentTarget, action).catch(showError);
  return el("button", { type: "button", onclick, ...attributes }, label);
}

/** An area where files can be dropped, for `add(files)`. */
export function dropArea(add, ...content) {
  const drag = (event) => {
    event.preventDefault();
    area.classList.toggle("over", event.type === "dragover");
    if (event.type === "drop") add([...event.dataTransfer.files]);
  };
  const area = el("div.drop", { ondragover: drag, ondragleave: drag, ondrop: drag }, content);
  return area;
}

/** `action(file)`, or with `multiple` `action(files)`, gets the chosen files. The same file can be chosen again. */
export function filePicker(label, action, attributes) {
  const onchange = () => {
    const files = [...input.files];
    input.value = "";
    if (files.length) action(input.multiple ? files : files[0]).catch(showError);
  };
  const input = el("input", { type: "file", onchange, ...attributes });
  return el("label.file.button", label, input);
}
