// Forms: a label for every field, and every error at the field that it belongs to.

import { reasons } from "./api.js";
import { busy, el } from "./dom.js";

let last = 0;

/**
 * A form of `fields`, each `{name, label, type, value, hint, …}`: type is textarea or that of an <input>, which gets
 * all else. `submit` gets the values that FormData has; what it throws is shown at its `fields`, or above the button.
 */
export function form({ fields = [], action = "Save", danger, submit, cancel }) {
  const wrong = el("p.wrong", { role: "alert" });
  const press = el("button", { class: danger ? "danger" : "primary" }, action);
  const stop = cancel && el("button", { type: "button", onclick: cancel }, "Cancel");
  const node = el("form", fields.map(makeField), wrong, el("p.buttons", stop, press));
  const inputs = fields.map(({ name }) => node.elements[name]);
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(press, send).catch(explain);
  });

  async function send() {
    for (const input of inputs) complain(input, "");
    wrong.textContent = "";
    await submit(Object.fromEntries(new FormData(node)));
  }

  function explain(error) {
    const meant = inputs.filter(({ name }) => error.fields?.[name]);
    for (const input of meant) complain(input, error.fields[input.name]);
    if (meant.length) meant[0].focus();
    else wrong.textContent = reasons(error);
  }

  return node;
}

function makeField({ name, label, type = "text", hint, ...more }) {
  const id = `field-${++last}`;
  const isBox = type === "checkbox";
  const described = { id, name, "aria-describedby": `${id}-hint ${id}-wrong`, ...more };
  const input = type === "textarea" ? el("textarea", { rows: 4, ...described }) : el("input", { type, ...described });
  const title = el("label", { for: id }, label);
  return el("div", { class: isBox ? "field box" : "field" }, isBox ? [input, title] : [title, input],
    el("p.hint", { id: `${id}-hint` }, hint), el("p.wrong", { id: `${id}-wrong` }));
}

function complain(input, reason) {
  input.parentNode.querySelector(".wrong").textContent = reason;
  input.ariaInvalid = reason ? "true" : null;
}
