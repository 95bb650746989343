// Makes a guest link to a film or a series.

import { api } from "./api.js";
import { localTime } from "./audience.js";
import { ask } from "./dialog.js";
import { el, formatDate } from "./dom.js";
import { tellLink } from "./link.js";

export const PATH = "/api/admin/guest-links/";
const WEEK = 7 * 24 * 60 * 60 * 1000;

/** `target`: {video_id} or {series_id}, which is called `title`. */
export async function makeGuestLink(target, title) {
  const created = await ask({
    title: `Guest link to “${title}”`,
    action: "Create",
    fields: [
      { name: "expires_at", label: "Valid until", type: "datetime-local", required: true,
        value: localTime(Date.now() + WEEK) },
      { name: "max_uses", label: "Devices", type: "number", min: 1, max: 1000, value: 1, required: true,
        hint: "How many can be let in, each for up to 24 hours." },
      { name: "password", label: "Password", autocomplete: "off", maxlength: 128,
        hint: "Leave it empty if the link is enough. Send it another way than the link." },
      { name: "note", label: "Note", maxlength: 200, hint: "Who it is for. Only administrators see it." },
    ],
    submit({ expires_at: end, max_uses: uses, ...texts }) {
      const body = { ...target, ...texts, expires_at: new Date(end).toISOString(), max_uses: Number(uses) };
      return api(PATH, { method: "POST", body });
    },
  });
  if (!created) return;
  const text = `Valid until ${formatDate(created.expires_at)}. Copy the link: it is shown once.`;
  await tellLink("Guest link", created.link, [el("p", text), el("p", el("a", { href: "#/guests" }, "All guest links"))]);
}
