// Accounts: who there is, and everything that can be done for or against one.

import { api } from "./api.js";
import { button } from "./buttons.js";
import { ask, choose, confirm } from "./dialog.js";
import { date, el, tag } from "./dom.js";
import { SEARCH, table } from "./table.js";
import { tell } from "./toast.js";

const PATH = "/api/admin/users/";
const STATES = { active: "Active", waiting: "Not activated", disabled: "Disabled" };

export function show(root, signal) {
  const actions = (_, user) =>
    button("Actions", () => act(user, list.reload), { "aria-label": `Actions for ${user.email}` });
  const list = table({
    signal,
    path: PATH,
    label: "Accounts",
    noun: "account",
    sort: "-created_at",
    columns: [
      { key: "email", title: "E-mail", sort: true },
      { key: "is_staff", title: "Role", cell: (isAdmin) => (isAdmin ? "Administrator" : "Member") },
      { key: "state", title: "State", sort: true, cell: (state) => tag(STATES, state) },
      { key: "created_at", title: "Since", sort: true, cell: date },
      { key: "last_seen_at", title: "Last seen", sort: true, cell: date },
      { key: "sessions", title: "Logins", sort: true },
      { key: "do", title: "Actions", cell: actions },
    ],
    filters: [
      SEARCH,
      { name: "state", label: "State", options: STATES },
      { name: "role", label: "Role", options: { admin: "Administrators", user: "Members" } },
    ],
  });
  const add = button("New account", () => create(list.reload), { class: "primary" });
  root.append(el("div.heading", el("h1", "Accounts"), add), list.node);
}

async function create(reload) {
  const hint = "Left empty, a mail goes out with a link to choose one.";
  const made = await ask({
    title: "New account",
    action: "Create",
    fields: [
      { name: "email", label: "E-mail", type: "email", required: true, autocomplete: "off" },
      { name: "password", label: "Password", type: "password", autocomplete: "new-password", hint },
      { name: "is_staff", label: "Administrator", type: "checkbox" },
    ],
    submit({ email, password, is_staff: isTicked }) {
      const body = { email, password: password || null, is_staff: Boolean(isTicked) };
      return api(PATH, { method: "POST", body });
    },
  });
  if (!made) return;
  tell(`${made.email} has an account now.`);
  await reload();
}

async function act(user, reload) {
  const one = await choose(user.email, deeds(user));
  if (!one || (one.question && !(await confirm(one.question, one.label)))) return;
  try {
    await api(`${PATH}${user.id}/${one.way ?? ""}`, { method: one.method, body: one.body });
    tell(`${user.email} ${one.words}.`);
  } finally {
    await reload();
  }
}

/** What can be done, how it is asked of the API, and what has come of it; what is hard to undo is asked twice. */
function deeds({ email, state, is_staff: isAdmin, sessions }) {
  const send = (label, way, words = "gets a mail", method = "POST") => ({ label, method, way, words });
  const change = (label, words, body, question, method = "PATCH") => ({ label, method, body, words, question });
  return [
    state === "waiting" && send("Send the activation again", "activation/"),
    state === "active" && send("Send a link for a new password", "reset/"),
    isAdmin
      ? change("Make a member", "is a member now", { is_staff: false }, `Shall ${email} administer no longer?`)
      : change("Make an administrator", "is an administrator now", { is_staff: true }),
    sessions && send("End all logins", "sessions/", "is logged out everywhere", "DELETE"),
    state === "active"
      ? change("Disable", "is disabled", { is_active: false }, `Disable ${email}? All logins end at once.`)
      : change("Enable", "is active", { is_active: true }),
    change("Delete", "is deleted", undefined, `Delete the account ${email} for good?`, "DELETE"),
  ].filter(Boolean);
}
