// Invitations to register: a link for one e-mail address, or for a number of people.

import { api } from "./api.js";
import { groupNames } from "./audience.js";
import { button } from "./buttons.js";
import { ask, confirm } from "./dialog.js";
import { badge, el, formatDate } from "./dom.js";
import { tellLink } from "./link.js";
import { table } from "./table.js";
import { notify } from "./toast.js";

const PATH = "/api/admin/invitations/";
const STATES = { open: "Open", used: "Used", expired: "Expired", revoked: "Revoked" };
const REGISTRATION = {
  open: "Everyone can register by e-mail. With an invitation, an account is active at once.",
  invite: "Only people with an invitation can register.",
  closed: "Nobody can register, not even with an invitation.",
};
const PRINTED = "This server prints e-mails to its log, with the links to activate accounts.";

export function show(root, signal) {
  const policy = el("p");
  const printed = el("p", { hidden: true }, PRINTED, " ", el("code", "EMAIL_BACKEND=console"));
  const add = button("New invitation", () => create(list.reload), { class: "primary", disabled: true });
  const list = table({
    signal,
    path: PATH,
    onLoad({ registration, email_backend: backend }) {
      policy.replaceChildren(REGISTRATION[registration], " ", el("code", `REGISTRATION=${registration}`));
      printed.hidden = backend !== "console";
      add.disabled = registration === "closed";
    },
    label: "Invitations",
    noun: "invitation",
    empty: "There are no invitations yet.",
    columns: [
      { key: "email", title: "For", cell: (_, invitation) => guests(invitation) },
      { key: "registered", title: "Registered", cell: (registered, { people }) => `${registered} of ${people}` },
      { key: "state", title: "State", cell: (state) => badge(STATES, state) },
      { key: "created_at", title: "Created", cell: formatDate },
      { key: "expires_at", title: "Valid until", cell: formatDate },
      { key: "groups", title: "Into groups", cell: (groups) => groups.join(", ") || "–" },
      { key: "do", title: "Actions", cell: (_, invitation) => revokeButton(invitation, list.reload) },
    ],
    filters: [{ name: "state", label: "State", options: STATES }],
  });
  root.append(el("div.heading", el("h1", "Invitations"), add), policy, printed, list.node);
}

const guests = ({ email, people }) => email ?? (people === 1 ? "1 person" : `${people} people`);

async function create(reload) {
  const names = await groupNames();
  const created = await ask({
    title: "New invitation",
    action: "Create",
    fields: [
      { name: "email", label: "E-mail", type: "email", autocomplete: "off",
        hint: "Only this address can register. Leave it empty for anyone who has the link." },
      { name: "people", label: "People", type: "number", min: 1, max: 1000, value: 1, required: true,
        hint: "How many can register with the link." },
      ...(names.size ? [{ name: "groups", label: "Members of", type: "choices", options: [...names], value: [] }] : []),
    ],
    submit({ email, people, groups = [] }) {
      const body = { email: email || null, people: Number(people), group_ids: groups.map(Number) };
      return api(PATH, { method: "POST", body });
    },
  });
  if (!created) return;
  await Promise.all([showLink(created), reload()]);
}

function showLink(invitation) {
  const { link, expires_at: end } = invitation;
  const text = `For ${guests(invitation)}, valid until ${formatDate(end)}. Copy the link: it is shown once.`;
  return tellLink("Invitation", link, el("p", text));
}

function revokeButton(invitation, reload) {
  if (invitation.state !== "open") return "–";
  const who = guests(invitation);
  const revoke = async () => {
    if (!(await confirm(`Revoke the invitation for ${who}?`, "Revoke"))) return;
    try {
      await api(`${PATH}${invitation.id}/`, { method: "DELETE" });
      notify(`The invitation for ${who} has been revoked.`);
    } finally {
      await reload();
    }
  };
  return button("Revoke", revoke, { "aria-label": `Revoke the invitation for ${who}` });
}
