// Forms: a label for every field, and every error next to the field that it belongs to.

import { describeError } from "./api.js";
import { el, whileBusy } from "./dom.js";

let lastId = 0;

/**
 * A form of `fields`, each `{name, label, type, value, hint, …}`. The type is textarea, select or choices (several
 * checkboxes, whose `value` is a list) with `options` ([[value, label]]), or that of an <input>, which also gets the
 * remaining attributes. `submit` gets the values of FormData; those of choices are lists. An error that it throws is
 * shown at its `fields`, or else above the button.
 */
export function form({ fields = [], action = "Save", danger, submit, cancel }) {
  const error = el("p.error", { role: "alert" });
  const submitButton = el("button", { class: danger ? "danger" : "primary" }, action);
  const cancelButton = cancel && el("button", { type: "button", onclick: cancel }, "Cancel");
  const node = el("form", fields.map(makeField), error, el("p.buttons", cancelButton, submitButton));
  const inputs = fields.map(({ name }) => node.querySelector(`[name="${name}"]`));
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    whileBusy(submitButton, send).catch(showErrors);
  });

  async function send() {
    for (const input of inputs) setFieldError(input, "");
    error.textContent = "";
    const data = new FormData(node);
    const lists = fields.filter(({ type }) => type === "choices").map(({ name }) => [name, data.getAll(name)]);
    await submit({ ...Object.fromEntries(data), ...Object.fromEntries(lists) });
  }

  function showErrors(thrown) {
    const invalid = inputs.filter(({ name }) => thrown.fields?.[name]);
    for (const input of invalid) setFieldError(input, thrown.fields[input.name]);
    if (invalid.length) invalid[0].focus();
    else error.textContent = describeError(thrown);
  }

  return node;
}

function makeField({ name, label, type = "text", hint, ...rest }) {
  const id = `field-${++lastId}`;
  const isCheckbox = type === "checkbox";
  const attributes = { id, name, "aria-describedby": `${id}-hint ${id}-error`, ...rest };
  const input = makeInput(type, label, attributes);
  const title = type === "choices" ? null : el("label", { for: id }, label);
  return el("div", { class: isCheckbox ? "field checkbox" : "field" }, isCheckbox ? [input, title] : [title, input],
    el("p.hint", { id: `${id}-hint` }, hint), el("p.error", { id: `${id}-error` }));
}

function makeInput(type, label, { options, value, ...attributes }) {
  if (type === "textarea") return el("textarea", { rows: 4, ...attributes, value });
  if (type === "select")
    return el("select", attributes, options.map(([key, text]) => new Option(text, key, false, key === value)));
  if (type !== "choices") return el("input", { type, ...attributes, value });
  const box = ([key, text]) => el("label",
    el("input", { type: "checkbox", name: attributes.name, value: String(key), checked: value.includes(key) }), text);
  return el("fieldset", attributes, el("legend", label), el("div.options", options.map(box)));
}

function setFieldError(input, reason) {
  input.parentNode.querySelector(".error").textContent = reason;
  input.ariaInvalid = reason ? "true" : null;
}
