// Jobs: what is being made, what waits, what has failed; asked for again every few seconds.

import { api } from "./api.js";
import { button } from "./buttons.js";
import { date, el } from "./dom.js";
import { poll } from "./film.js";
import { table } from "./table.js";
import { tell } from "./toast.js";

const STATES = { running: "Running", waiting: "Waiting", failed: "Failed" };
const COLOURS = { running: "tag good", waiting: "tag", failed: "tag wrong" };

export function show(root, signal) {
  const sums = el("p", {});
  const list = table({
    signal,
    label: "Jobs",
    noun: "job",
    empty: "Nothing is to be done.",
    columns: [
      { key: "kind", title: "What", cell: ({ kind, number }) => (number ? `${kind} ${number}` : kind) },
      { key: "title", title: "For", cell: whom },
      { key: "state", title: "State", cell: ({ state }) => el("span", { class: COLOURS[state] }, STATES[state]) },
      { key: "progress", title: "More", cell: standing },
      { key: "attempts", title: "Tries" },
      { key: "do", title: "Actions", cell: (job) => again(job, () => list.reload()) },
    ],
    filters: [{ name: "state", label: "State", type: "select", options: Object.entries(STATES) }],
    async load(query, signal) {
      const told = await api(`/api/admin/jobs/?${query}`, { signal });
      sums.textContent = Object.keys(STATES).map((name) => `${told.counts[name]} ${name}`).join(", ");
      return told;
    },
  });
  const queues = el("a", { href: "/admin/queues/" }, "Queues in detail");
  root.append(el("div", { class: "heading" }, el("h1", {}, "Jobs"), sums, queues), list.node);
  poll(list.reload, signal);
}

function whom(job) {
  return job.video_id ? el("a", { href: `#/videos/${job.video_id}` }, job.title) : job.title;
}

function standing({ state, progress, speed, error, not_before: begin }) {
  if (state === "running" && progress != null) {
    const words = `${Math.round(progress * 100)}\u00a0%${speed ? `, ${speed.toFixed(1)} ×` : ""}`;
    return [el("progress", { max: 1, value: progress, "aria-label": "Progress" }), " ", words];
  }
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
