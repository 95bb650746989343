// Modal dialogs. Escape cancels.

import { el } from "./dom.js";
import { form } from "./form.js";

/** Asks for confirmation of an `action` that is hard to undo. Resolves to true, or null if cancelled. */
export const confirm = (title, action) => ask({ title, action, danger: true, submit: () => true });

/** A form (see form.js) in a dialog. Resolves to what `submit(values)` returned, or to null if cancelled. */
export const ask = ({ title, submit, ...options }) =>
  open(title, (close) =>
    form({ ...options, cancel: () => close(null), submit: async (values) => close(await submit(values)) }),
  );

/** Resolves to one of the `choices` ([{label}]), or to null. Those with a `question` are styled as dangerous. */
export const choose = (title, choices) =>
  open(title, (close) => {
    const option = (one) => el("button", { class: one.question && "danger", onclick: () => close(one) }, one.label);
    return el("p.choices", choices.map(option), el("button", { onclick: () => close(null) }, "Cancel"));
  });

/** Shows something with `buttons` until it is closed. */
export const tell = (title, content, buttons) =>
  open(title, (close) => [content, el("p.buttons", el("button", { onclick: () => close() }, "Done"), buttons)]);

function open(title, render) {
  return new Promise((resolve) => {
    const close = (result) => {
      resolve(result);
      dialog.close();
    };
    const onclose = () => {
      resolve(null); // has no effect after close(result)
      dialog.remove();
    };
    const dialog = el("dialog", { "aria-label": title, onclose }, el("h2", title), render(close));
    document.body.append(dialog);
    dialog.showModal();
  });
}
