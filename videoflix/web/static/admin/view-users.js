// Accounts: who there is, and everything that can be done for or against one.

import { api } from "./api.js";
import { button } from "./buttons.js";
import { ask, choose, confirm } from "./dialog.js";
import { date, el } from "./dom.js";
import { table } from "./table.js";
import { tell } from "./toast.js";

const PATH = "/api/admin/users/";
const STATES = { active: "Active", waiting: "Not activated", disabled: "Disabled" };
const COLOURS = { active: "tag good", waiting: "tag", disabled: "tag wrong" };

export function show(root, signal) {
  const name = (user) => ({ "aria-label": `Actions for ${user.email}` });
  const list = table({
    signal,
    label: "Accounts",
    noun: "account",
    sort: "-created_at",
    columns: [
      { key: "email", title: "E-mail", sort: true },
      { key: "is_staff", title: "Role", cell: (user) => (user.is_staff ? "Administrator" : "Member") },
      { key: "state", title: "State", sort: true, cell: standing },
      { key: "created_at", title: "Since", sort: true, cell: (user) => date(user.created_at) },
      { key: "last_seen_at", title: "Last seen", sort: true, cell: (user) => date(user.last_seen_at) },
      { key: "sessions", title: "Logins", sort: true },
      { key: "do", title: "Actions", cell: (user) => button("Actions", () => act(user, list.reload), name(user)) },
    ],
    filters: [
      { name: "q", label: "Search", type: "search" },
      { name: "state", label: "State", type: "select", options: Object.entries(STATES) },
      { name: "role", label: "Role", type: "select", options: [["admin", "Administrators"], ["user", "Members"]] },
    ],
    load: (query, signal) => api(`${PATH}?${query}`, { signal }),
  });
  const add = button("New account", () => create(list.reload), { class: "primary" });
  root.append(el("div", { class: "heading" }, el("h1", {}, "Accounts"), add), list.node);
}

const standing = ({ state }) => el("span", { class: COLOURS[state] }, STATES[state]);

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
    submit: ({ password, ...user }) => api(PATH, { method: "POST", body: { ...user, password: password || null } }),
  });
  if (!made) return;
  tell(`${made.email} has an account now.`);
  await reload();
}

async function act(user, reload) {
  const one = await choose(user.email, actions(user));
  if (!one || (one.question && !(await confirm(one.question, { danger: true, action: one.label })))) return;
  try {
    await api(`${PATH}${user.id}/${one.way ?? ""}`, { method: one.method, body: one.body });
    tell(`${user.email} ${one.words}.`);
  } finally {
    await reload();
  }
}

/** What can be done, how it is asked of the API, and what has come of it; what is hard to undo is asked twice. */
function actions({ email, state, is_staff: isAdmin, sessions }) {
  const send = (label, way, words = "gets a mail", method = "POST") => ({ label, method, way, words });
  const change = (label, words, body, question, method = "PATCH") =>
    ({ label, method, body, words, question, danger: question });
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
