// Questions that stand before the page until they are answered; Escape is a no.

import { el } from "./dom.js";
import { form } from "./form.js";

/** Whether the answer is yes. */
export const confirm = async (text, { danger = false, action = "Yes" } = {}) =>
  (await ask({ title: text, fields: [], action, danger, submit: () => true })) === true;

/** A form (see form.js) as a question: what `submit(values)` returned, or null. Open until `submit` succeeds. */
export function ask({ title, text, submit, ...more }) {
  return new Promise((resolve) => {
    let result = null;
    const dialog = el("dialog", { "aria-label": title }, el("h2", {}, title), text && el("p", {}, text));
    const asked = form({
      ...more,
      cancel: () => dialog.close(),
      async submit(values) {
        result = await submit(values);
        dialog.close();
      },
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(result);
    });
    dialog.append(asked);
    document.body.append(dialog);
    dialog.showModal();
  });
}
