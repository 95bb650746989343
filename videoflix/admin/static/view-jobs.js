// Jobs: what is being made, what waits, what has failed; asked for again every few seconds.

import { api } from "./api.js";
import { button } from "./buttons.js";
import { date, el, tag } from "./dom.js";
import { howFar, link, poll } from "./film.js";
import { table } from "./table.js";
import { tell } from "./toast.js";

const STATES = { running: "Running", waiting: "Waiting", failed: "Failed" };

export function show(root, signal) {
  const sums = el("p");
  const list = table({
    signal,
    path: "/api/admin/jobs/",
    hear: ({ counts }) =>
      (sums.textContent = Object.keys(STATES).map((name) => `${counts[name]} ${name}`).join(", ")),
    label: "Jobs",
    noun: "job",
    empty: "Nothing is to be done.",
    columns: [
      { key: "kind", title: "What", cell: (kind, { number }) => (number ? `${kind} ${number}` : kind) },
      { key: "title", title: "For", cell: whom },
      { key: "state", title: "State", cell: (state) => tag(STATES, state) },
      { key: "progress", title: "More", cell: standing },
      { key: "attempts", title: "Tries" },
      { key: "do", title: "Actions", cell: (_, job) => again(job, list.reload) },
    ],
    filters: [{ name: "state", label: "State", options: STATES }],
  });
  const queues = el("a", { href: "/admin/queues/" }, "Queues in detail");
  root.append(el("div.heading", el("h1", "Jobs"), sums, queues), list.node);
  poll(list.reload, signal);
}

const whom = (title, { video_id: id }) => (id ? link({ id, title }) : title);

function standing(_, job) {
  const { state, error, not_before: begin } = job;
  if (state === "running") return howFar(job);
  const soon = state === "waiting" && new Date(begin) > new Date() && `not before ${date(begin)}`;
  return [error, soon].filter(Boolean).join("; ") || "–";
}

function again({ state, video_id: id, title }, reload) {
  if (state !== "failed" || !id) return "–";
  const retry = async () => {
    await api(`/api/admin/videos/${id}/retry/`, { method: "POST" });
    tell(`${title} begins again.`);
  };
  return button("Try again", () => retry().finally(reload), { "aria-label": `Try again: ${title}` });
}
