// The accounts, and what administrators can do with each of them.

import { api } from "./api.js";
import { button } from "./buttons.js";
import { ask, choose, confirm } from "./dialog.js";
import { badge, el, formatDate } from "./dom.js";
import { tellLink } from "./link.js";
import { SEARCH, table } from "./table.js";
import { notify } from "./toast.js";

const PATH = "/api/admin/users/";
const STATES = { active: "Active", waiting: "Not activated", disabled: "Disabled" };
const PRINTED = "This server prints e-mails to its log. Copy links under Actions, and send them yourself.";

export function show(root, signal) {
  let isPrinted = false; // mails go to the log of the server, and links are copied instead
  const actions = (_, user) =>
    button("Actions", () => act(user, list.reload, isPrinted), { "aria-label": `Actions for ${user.email}` });
  const printed = el("p", { hidden: true }, PRINTED, " ", el("code", "EMAIL_BACKEND=console"));
  const list = table({
    signal,
    path: PATH,
    onLoad({ email_backend: backend }) {
      isPrinted = backend === "console";
      printed.hidden = !isPrinted;
    },
    label: "Accounts",
    noun: "account",
    sort: "-created_at",
    columns: [
      { key: "email", title: "E-mail", sort: true, cell: (email, { name }) => [email, name && el("small.note", name)] },
      { key: "is_staff", title: "Role", cell: (isAdmin) => (isAdmin ? "Administrator" : "Member") },
      { key: "has_second_factor", title: "Second factor", cell: (has) => (has ? "Yes" : "No") },
      { key: "state", title: "State", sort: true, cell: (state) => badge(STATES, state) },
      { key: "created_at", title: "Created", sort: true, cell: formatDate },
      { key: "last_seen_at", title: "Last seen", sort: true, cell: formatDate },
      { key: "sessions", title: "Sessions", sort: true },
      { key: "do", title: "Actions", cell: actions },
    ],
    filters: [
      SEARCH,
      { name: "state", label: "State", options: STATES },
      { name: "role", label: "Role", options: { admin: "Administrators", user: "Members" } },
    ],
  });
  const add = button("New account", () => create(list.reload, isPrinted), { class: "primary" });
  root.append(el("div.heading", el("h1", "Accounts"), add), printed, list.node);
}

async function create(reload, isPrinted) {
  const hint = `Leave it empty to ${isPrinted ? "copy a link" : "send an e-mail with a link"} to choose one.`;
  let hasPassword;
  const created = await ask({
    title: "New account",
    action: "Create",
    fields: [
      { name: "email", label: "E-mail", type: "email", required: true, autocomplete: "off" },
      { name: "password", label: "Password", type: "password", autocomplete: "new-password", hint },
      { name: "is_staff", label: "Administrator", type: "checkbox" },
    ],
    submit({ email, password, is_staff: isChecked }) {
      const body = { email, password: password || null, is_staff: Boolean(isChecked), send_mail: !isPrinted };
      hasPassword = Boolean(password);
      return api(PATH, { method: "POST", body });
    },
  });
  if (!created) return;
  notify(`The account ${created.email} has been created.`);
  await Promise.all([reload(), isPrinted && !hasPassword && copyLink(created)]);
}

async function copyLink({ id, email }) {
  const { link, expires_at: end } = await api(`${PATH}${id}/link/`, { method: "POST" });
  const text = `Send it to ${email}. Who opens it chooses a password. It is valid until ${formatDate(end)}, and shown once.`;
  await tellLink("Link to choose a password", link, el("p", text));
}

async function setPassword({ id, email }) {
  const done = await ask({
    title: `Password of ${email}`,
    action: "Set password",
    fields: [{ name: "new_password", label: "New password", type: "password", required: true,
      autocomplete: "new-password", hint: "All sessions of the account end." }],
    submit: async (body) => (await api(`${PATH}${id}/password/`, { method: "PUT", body }), true),
  });
  if (done) notify(`The password of ${email} has been set.`);
}

async function act(user, reload, isPrinted) {
  const action = await choose(user.email, actionsFor(user, isPrinted));
  if (!action || (action.question && !(await confirm(action.question, action.label)))) return;
  if (action.href) return location.assign(action.href);
  if (action.run) return action.run(user).finally(reload);
  const { path = "", method, body, done } = action;
  try {
    await api(`${PATH}${user.id}/${path}`, { method, body });
    notify(`${user.email} ${done}.`);
  } finally {
    await reload();
  }
}

function actionsFor({ id, email, state, is_staff: isAdmin, sessions, has_second_factor: hasSecondFactor }, isPrinted) {
  const send = (label, path) => ({ label, method: "POST", path, done: "will get an e-mail" });
  const change = (label, done, body, question) => ({ label, method: "PATCH", body, done, question });
  return [
    !isPrinted && state === "waiting" && send("Send the activation link again", "activation/"),
    !isPrinted && state === "active" && send("Send a password reset link", "reset/"),
    state !== "disabled" && { label: "Copy a link to choose a password", run: copyLink },
    { label: "Set a password", run: setPassword },
    isAdmin
      ? change("Make a member", "is a member now", { is_staff: false }, `Remove administrator rights from ${email}?`)
      : change("Make an administrator", "is an administrator now", { is_staff: true }),
    sessions && { label: "End all sessions", method: "DELETE", path: "sessions/", done: "is logged out everywhere" },
    hasSecondFactor && {
      label: "Remove the second factor",
      method: "DELETE",
      path: "second-factor/",
      done: "can log in with the password alone",
      question: `Remove the second factor of ${email}? Be sure that it is the owner who asks for it.`,
    },
    state === "active"
      ? change("Disable", "has been disabled", { is_active: false }, `Disable ${email}? All sessions end immediately.`)
      : change("Enable", "has been enabled", { is_active: true }),
    { label: "Show what was watched", href: `#/statistics/users/${id}` },
    { label: "Delete", method: "DELETE", done: "has been deleted", question: `Permanently delete ${email}?` },
  ].filter(Boolean);
}
