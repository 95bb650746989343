// Forms: a label for every field, and every error at the field that it belongs to.

import { reasons } from "./api.js";
import { busy, el } from "./dom.js";

let last = 0;

/**
 * A form of `fields`, each `{name, label, type, value, hint, …}`: type is textarea or that of an <input>, which
 * gets all else. What `submit(values)` throws is shown at its `fields`, or above the button. The element has `values()`.
 */
export function form({ fields = [], action = "Save", danger, submit, cancel }) {
  const made = new Map(fields.map((field) => [field.name, makeField(field)]));
  const wrong = el("p", { class: "wrong", role: "alert" });
  const press = el("button", { class: danger ? "danger" : "primary" }, action);
  const stop = cancel && el("button", { type: "button", onclick: cancel }, "Cancel");
  const node = el("form", {}, [...made.values()].map((field) => field.node), wrong,
    el("p", { class: "buttons" }, stop, press));
  node.values = () => Object.fromEntries([...made].map(([name, field]) => [name, field.value()]));
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(press, async () => {
      for (const field of made.values()) field.complain("");
      wrong.textContent = "";
      await submit(node.values());
    }).catch(complain);
  });

  function complain(error) {
    const meant = Object.keys(error.fields ?? {}).filter((name) => made.has(name));
    for (const name of meant) made.get(name).complain(error.fields[name]);
    if (meant.length) made.get(meant[0]).focus();
    else wrong.textContent = reasons(error);
  }

  return node;
}

function makeField({ name, label, type = "text", hint, value, ...more }) {
  const id = `field-${++last}`;
  const isBox = type === "checkbox";
  const described = { id, name, "aria-describedby": `${id}-hint ${id}-wrong`, ...more };
  const input =
    type === "textarea"
      ? el("textarea", { rows: 4, value, ...described })
      : el("input", { type, [isBox ? "checked" : "value"]: value, ...described });
  const wrong = el("p", { class: "wrong", id: `${id}-wrong` });
  const title = el("label", { for: id }, label);
  return {
    node: el("div", { class: isBox ? "field box" : "field" }, isBox ? [input, title] : [title, input],
      el("p", { class: "hint", id: `${id}-hint` }, hint), wrong),
    value: () => (isBox ? input.checked : type === "file" ? input.files[0] : input.value),
    focus: () => input.focus(),
    complain(reason) {
      wrong.textContent = reason;
      input.ariaInvalid = reason ? "true" : null;
    },
  };
}
