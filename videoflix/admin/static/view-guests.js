// Guest links: one film or series for people without an account.

import { api } from "./api.js";
import { button } from "./buttons.js";
import { confirm } from "./dialog.js";
import { badge, el, formatDate } from "./dom.js";
import { PATH } from "./guest-link.js";
import { SEARCH, table } from "./table.js";
import { notify } from "./toast.js";

const STATES = { open: "Open", used: "Used up", expired: "Expired", revoked: "Revoked" };

export function show(root, signal) {
  const list = table({
    signal,
    path: PATH,
    label: "Guest links",
    noun: "link",
    empty: "There are no guest links yet. Make one on the page of a film or series.",
    columns: [
      { key: "title", title: "To", cell: (title, link) => [target(link), link.note && el("small.note", link.note)] },
      { key: "uses", title: "Used", cell: (uses, { max_uses: most }) => `${uses} of ${most}` },
      { key: "has_password", title: "Password", cell: (has) => (has ? "Yes" : "No") },
      { key: "state", title: "State", cell: (state) => badge(STATES, state) },
      { key: "created_at", title: "Created", cell: formatDate },
      { key: "expires_at", title: "Valid until", cell: formatDate },
      { key: "do", title: "Actions", cell: (_, link) => revokeButton(link, list.reload) },
    ],
    filters: [SEARCH, { name: "state", label: "State", options: STATES }],
  });
  const about = "Whoever has such a link watches one film or series without an account.";
  root.append(el("h1", "Guest links"), el("p", about), list.node);
}

const target = ({ video_id: video, series_id: series, title }) =>
  el("a", { href: video ? `#/videos/${video}` : `#/series/${series}` }, title);

function revokeButton(link, reload) {
  if (["expired", "revoked"].includes(link.state)) return "–";
  const revoke = async () => {
    const question = `Revoke the link to “${link.title}”? Whoever watches with it is stopped.`;
    if (!(await confirm(question, "Revoke"))) return;
    try {
      await api(`${PATH}${link.id}/`, { method: "DELETE" });
      notify(`The link to “${link.title}” has been revoked.`);
    } finally {
      await reload();
    }
  };
  return button("Revoke", revoke, { "aria-label": `Revoke the link to ${link.title}` });
}
