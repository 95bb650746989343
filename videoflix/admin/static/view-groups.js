// Groups of accounts, and the members of one of them.

import { api } from "./api.js";
import { button } from "./buttons.js";
import { ask, confirm } from "./dialog.js";
import { count, el, formatDate } from "./dom.js";
import { SEARCH, table } from "./table.js";
import { notify } from "./toast.js";

const PATH = "/api/admin/groups/";

export const show = (root, signal, id) => (id ? showGroup(root, signal, id) : showAll(root, signal));

function showAll(root, signal) {
  const list = table({
    signal,
    path: PATH,
    label: "Groups",
    noun: "group",
    empty: "There are no groups yet. Films and series can be shown to certain groups only.",
    sort: "name",
    columns: [
      { key: "name", title: "Name", sort: true,
        cell: (name, { id }) => el("a", { href: `#/groups/${id}?who=members` }, name) },
      { key: "members", title: "Members", sort: true },
      { key: "created_at", title: "Created", cell: formatDate },
    ],
    filters: [SEARCH],
  });
  const add = button("New group", create, { class: "primary" });
  root.append(el("div.heading", el("h1", "Groups"), add), list.node);
}

const NAME = { name: "name", label: "Name", required: true, maxlength: 100 };

async function create() {
  const submit = (body) => api(PATH, { method: "POST", body });
  const group = await ask({ title: "New group", action: "Create", fields: [NAME], submit });
  if (group) location.hash = `#/groups/${group.id}?who=others`;
}

async function showGroup(root, signal, id) {
  const path = `${PATH}${id}/`;
  let group = await api(path);
  signal.throwIfAborted();
  const heading = el("h1", group.name);

  async function change(accounts, field, result) {
    await api(`${path}members/`, { method: "PATCH", body: { [field]: accounts.map((one) => one.id) } });
    const who = accounts.length === 1 ? accounts[0].email : count(accounts.length, "account");
    notify(`${who} ${result}.`);
    return true;
  }

  const add = (accounts) => change(accounts, "add", "added");
  const remove = (accounts) => change(accounts, "remove", "removed");

  async function rename() {
    const submit = (body) => api(path, { method: "PATCH", body });
    group = (await ask({ title: "Rename the group", fields: [{ ...NAME, value: group.name }], submit })) ?? group;
    heading.textContent = group.name;
  }

  async function removeGroup() {
    const question = `Delete the group “${group.name}”? What only its members see is for administrators then.`;
    if (!(await confirm(question, "Delete"))) return;
    await api(path, { method: "DELETE" });
    notify(`The group “${group.name}” has been deleted.`);
    location.hash = "#/groups";
  }

  const toggle = (isMember, account) => {
    const label = isMember ? "Remove" : "Add";
    const run = () => (isMember ? remove : add)([account]).then(list.reload);
    return button(label, run, { "aria-label": `${label} ${account.email}` });
  };
  const list = table({
    signal,
    path: `${path}members/`,
    label: "Accounts",
    noun: "account",
    empty: "There are no accounts.",
    columns: [
      { key: "email", title: "E-mail", cell: (email, { name }) => [email, name && el("small.note", name)] },
      { key: "is_member", title: "Member", cell: (isMember) => (isMember ? "Yes" : "No") },
      { key: "do", title: "Actions", cell: (_, account) => toggle(account.is_member, account) },
    ],
    filters: [SEARCH, { name: "who", label: "Show", options: { members: "Members", others: "Others" } }],
    actions: [{ label: "Add", run: add }, { label: "Remove", run: remove }],
  });
  const buttons = el("p.buttons", el("a.button.primary", { href: `#/groups/${id}?who=others` }, "Add members"),
    button("Rename…", rename), button("Delete…", removeGroup, { class: "danger" }));
  root.append(el("p", el("a", { href: "#/groups" }, "All groups")), el("div.heading", heading, buttons), list.node);
}
