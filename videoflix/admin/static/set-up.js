// The steps of setting up a server, and what bin/doctor says about each.

import { api } from "./api.js";
import { button } from "./buttons.js";
import { el, setText } from "./dom.js";

const PATH = "/api/admin/checks/";
const STEPS = {
  disk: ["Disk", "There is room for films."],
  mail: ["Mail", "Set EMAIL_BACKEND=smtp and EMAIL_HOST, so that people get links to activate accounts and reset passwords."],
  address: ["Address", "Set PUBLIC_URL to the address under which others reach this server."],
  https: ["HTTPS", "Put a proxy with a certificate in front, and set PUBLIC_URL to its address with https://."],
  admins: ["Second administrator", "Who can help if you lose your password? Make somebody an administrator under Accounts."],
  backup: ["Backup", "Run bin/backup DIR, best every night, on another disk."],
};
const DONE = {
  https: "Browsers use an encrypted connection.",
  admins: "There is more than one administrator.",
};

/** A card that fills itself: the checks take as long as the mail server needs. It is closed when nothing is left to do. */
export function setUpCard(signal) {
  const summary = el("summary", el("h2", "Set-up"));
  const list = el("ul.steps", el("li.hint", "Checking…"));
  const card = el("details.card", { open: true }, summary, list);

  async function load() {
    const { items } = await api(PATH, { signal });
    const open = items.filter((step) => !step.is_done).length;
    setText(summary.firstChild, open ? `Set-up: ${open} of ${items.length} open` : "Set-up: complete");
    card.open = open > 0;
    list.replaceChildren(...items.map(step));
  }

  function fail(error) {
    if (signal.aborted) return;
    list.replaceChildren(el("li.error", error.message, " ", button("Try again", () => load().catch(fail))));
  }

  load().catch(fail);
  return card;
}

function step({ name, is_done: isDone, findings }) {
  const [title, hint] = STEPS[name];
  const messages = findings.filter((one) => isDone || one.mark !== "good").map((one) => el("small.note", sentence(one.message)));
  const text = isDone ? messages.length ? messages : el("small.note", DONE[name] ?? hint)
    : [messages.length && name !== "admins" ? messages : null, el("small.note", hint)];
  return el("li", { class: isDone ? "done" : "open" },
    el("span.mark", { role: "img", "aria-label": isDone ? "Done" : "Open" }, isDone ? "✓" : "○"),
    el("div", el("strong", title), text));
}

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}${/[.!?)]$/.test(text) ? "" : "."}`;
