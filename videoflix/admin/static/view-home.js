// The home: what runs now, what needs attention, how far the set-up is, and the settings.

import { api } from "./api.js";
import { button } from "./buttons.js";
import { badge, count, el, formatBytes, formatDate, refill } from "./dom.js";
import { settingList } from "./setting-list.js";
import { setUpCard } from "./set-up.js";
import { notify } from "./toast.js";
import { link, poll, progress } from "./video-status.js";

const PATH = "/api/admin/home/";
const ROWS = 5;
const INTERVAL = 5000; // milliseconds
const UPLOADS = { receiving: "Not complete", done: "Uploaded", refused: "Rejected" };
const MAILS = { activation: "Activation", reset: "New password", invitation: "Invitation" };

export async function show(root, signal) {
  const attention = el("div");
  const cards = el("div.cards");
  const about = el("p.hint");
  const setUp = setUpCard(signal);

  function update(home) {
    const { version, viewers, encoding, waiting, failed, mails, uploads, disk } = home;
    refill(attention, [failures(failed, refresh), unsent(mails)].filter(Boolean));
    refill(cards, [watching(viewers), encodes(encoding, waiting), storage(disk), latestUploads(uploads)]);
    about.textContent = `Videoflix ${version}, ${count(disk.videos, "video")}`;
  }

  const refresh = async () => update(await api(PATH, { signal }));

  await refresh();
  root.append(el("h1", "Home"), attention, cards, setUp, settingList(signal), about);
  poll(refresh, signal, INTERVAL);
}

const card = (title, ...content) => el("section.card", el("h2", title), content);

const more = (items, total, noun, href) =>
  total > items.length && el("p", el("a", { href }, `All ${count(total, noun)}`));

function watching({ items, total }) {
  if (!total) return card("Watching", el("p.hint", "Nobody is watching at the moment."));
  const others = total - items.reduce((sum, { viewers }) => sum + viewers, 0);
  return card("Watching", el("p.figure", count(total, "viewer")),
    el("ul.lines", items.map((film) => el("li", link(film), el("span", String(film.viewers)))),
      others > 0 && el("li", "Other films", el("span", String(others)))));
}

function encodes(encoding, waiting) {
  const items = [...encoding.items, ...waiting.items].slice(0, ROWS);
  const others = encoding.total + waiting.total - items.length;
  if (!items.length) return card("Encoding", el("p.hint", "Nothing is being encoded."));
  const state = (video) => (video.status === "encoding" ? progress(video) : el("small", video.error ?? "Waiting"));
  return card("Encoding", el("ul.lines", items.map((video) => el("li", link(video), el("span.status", state(video))))),
    others > 0 && el("p", el("a", { href: "#/videos?status=queued" }, `${count(others, "other film")} waiting`)));
}

function storage({ films, originals, free, floor }) {
  const all = Math.max(1, films + originals + free);
  const row = (label, bytes) => [el("dt", label), el("dd", el("progress", { value: bytes ?? 0, max: all, "aria-hidden": "true" }),
    el("span", formatBytes(bytes)))];
  const isLow = free != null && free < floor && el("p.error", `Below ${formatBytes(floor)} nothing is encoded. Free some space.`);
  return card("Disk", el("dl.bars", row("Films", films), row("Originals", originals), row("Free", free)), isLow);
}

function latestUploads({ items, total }) {
  const rows = items.map((one) => el("li",
    el("span", one.state === "done" && one.video_id ? link({ id: one.video_id, title: one.title }) : one.title,
      one.detail && el("small.error", one.detail), one.state === "refused" && el("small.note", "Choose another file.")),
    el("small", badge(UPLOADS, one.state), " ", formatDate(one.created_at))));
  return card("Last uploads", rows.length ? el("ul.lines", rows) : el("p.hint", "None in the last seven days."),
    more(items, total, "upload", "#/upload"));
}

function failures({ items, total }, refresh) {
  if (!total) return null;
  const retry = (video) => async () => {
    notify((await api(`/api/admin/videos/${video.id}/retry/`, { method: "POST" })).detail);
    await refresh();
  };
  const row = (video) => {
    const hasOriginal = video.original_bytes != null;
    const remedy = hasOriginal
      ? "Try again. If it fails again, replace the file with another copy."
      : "The original was removed. Upload it again.";
    return el("li", el("span", link(video), el("small.error", video.error), el("small.note", remedy)),
      hasOriginal && button("Try again", retry(video), { "aria-label": `Try again: ${video.title}` }));
  };
  return el("section.card.attention", el("h2", `${count(total, "film")} could not be encoded`),
    el("ul.lines", items.map(row)), more(items, total, "film", "#/videos?status=failed"));
}

function unsent({ items, total }) {
  if (!total) return null;
  const row = ({ kind, email, error, is_final: isFinal, not_before: next }) => el("li",
    el("span", el("a", { href: `#/users?q=${encodeURIComponent(email)}` }, email), ` (${MAILS[kind] ?? kind})`,
      el("small.error", error)),
    el("small", isFinal ? "Given up" : `Next try ${formatDate(next)}`));
  return el("section.card.attention", el("h2", `${count(total, "mail")} could not be sent`),
    el("ul.lines", items.map(row)),
    el("p.hint", "Check the EMAIL_ settings. Under Accounts you can send a mail again, or copy a link instead."),
    more(items, total, "mail", "#/jobs?state=failed"));
}
