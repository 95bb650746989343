// Questions that stand before the page until they are answered; Escape is a no.

import { el } from "./dom.js";
import { form } from "./form.js";

/** Whether somebody is sure of an `action` that is hard to undo. */
export const confirm = (title, action) => ask({ title, action, danger: true, submit: () => true });

/** A form (see form.js) as a question: what `submit(values)` returned, or null. Open until `submit` succeeds. */
export const ask = ({ title, submit, ...more }) =>
  open(title, (done) =>
    form({ ...more, cancel: () => done(null), submit: async (values) => done(await submit(values)) }),
  );

/** One of several things to do, `[{label}]`, or null; those with a `question` look dangerous. */
export const choose = (title, choices) =>
  open(title, (done) => {
    const press = (one) => el("button", { class: one.question && "danger", onclick: () => done(one) }, one.label);
    return el("p.choices", choices.map(press), el("button", { onclick: () => done(null) }, "Cancel"));
  });

function open(title, fill) {
  return new Promise((resolve) => {
    const done = (answer) => {
      resolve(answer);
      dialog.close();
    };
    const onclose = () => {
      resolve(null); // unless there is an answer already
      dialog.remove();
    };
    const dialog = el("dialog", { "aria-label": title, onclose }, el("h2", title), fill(done));
    document.body.append(dialog);
    dialog.showModal();
  });
}
