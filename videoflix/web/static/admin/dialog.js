// Questions that stand before the page until they are answered; Escape is a no.

import { el } from "./dom.js";
import { form } from "./form.js";

/** Whether the answer is yes. */
export const confirm = (title, look) => ask({ title, submit: () => true, ...look });

/** A form (see form.js) as a question: what `submit(values)` returned, or null. Open until `submit` succeeds. */
export const ask = ({ title, submit, ...more }) =>
  open(title, (done) =>
    form({ ...more, cancel: () => done(null), submit: async (values) => done(await submit(values)) }),
  );

/** One of several things to do, `[{label, danger}]`, or null. */
export const choose = (title, choices) =>
  open(title, (done) => {
    const press = (one) => el("button", { class: one.danger ? "danger" : "", onclick: () => done(one) }, one.label);
    return el("p", { class: "choices" }, choices.map(press), el("button", { onclick: () => done(null) }, "Cancel"));
  });

function open(title, fill) {
  return new Promise((resolve) => {
    let answer = null;
    const done = (given) => {
      answer = given;
      dialog.close();
    };
    const dialog = el("dialog", { "aria-label": title }, el("h2", {}, title), fill(done));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
