// One video: its preview, its texts, its picture, and what can be done about its film.

import { api } from "./api.js";
import { button, chooser } from "./buttons.js";
import { confirm } from "./dialog.js";
import { bytes, el } from "./dom.js";
import { FACTS, isGrowing, isMaking, poll, status } from "./film.js";
import { pictures } from "./pictures.js";
import { player } from "./player.js";
import { categories, texts } from "./texts.js";
import { tell } from "./toast.js";
import { add, FILMS } from "./uploads.js";

export async function showOne(root, signal, id) {
  const path = `/api/admin/videos/${id}/`;
  let film = await api(path);
  signal.throwIfAborted();
  let preview = null;
  const heading = el("h1", film.title);
  const state = el("p.making");
  const facts = el("dl");
  const screen = el("section", { "aria-label": "Preview" });
  const panel = pictures(path, () => preview.video);
  const retry = button("Try again", () => order("retry/"));
  const actions = el("p.buttons", retry, button("Encode again", () => order("encode/")),
    chooser("Replace the film…", replace, { accept: FILMS }), button("Delete…", remove, { class: "danger" }));

  async function order(what) {
    tell((await api(path + what, { method: "POST" })).detail);
    await refresh();
  }

  async function replace(file) {
    const question = `Replace the film of “${film.title}” with ${file.name}?`;
    if (!(await confirm(question, "Replace"))) return;
    await add([file], id);
    location.hash = "#/upload";
  }

  async function remove() {
    if (!(await confirm(`Delete “${film.title}” for good?`, "Delete"))) return;
    await api(path, { method: "DELETE" });
    tell(`“${film.title}” is deleted.`);
    location.hash = "#/videos";
  }

  async function save(changed) {
    update({ ...film, ...(await api(path, { method: "PATCH", body: changed })) });
  }

  const refresh = async () => update(await api(path));

  function update(news) {
    if (signal.aborted) return;
    const isNew = isMaking(film) && !isMaking(news);
    if (isNew) tell(`“${news.title}” is ${news.status}.`);
    film = news;
    heading.textContent = film.title;
    state.replaceChildren(...status(film));
    retry.hidden = film.status !== "failed";
    const fact = ({ key, title, cell }) => [el("dt", title), el("dd", cell(film[key]))];
    facts.replaceChildren(...ALL_FACTS.flatMap(fact));
    panel.update(film);
    if (!preview !== !film.master_url || (isNew && preview?.video.paused)) watch();
  }

  /** What can be seen by now: a new film takes the place of the old one. */
  function watch() {
    preview?.stop();
    preview = film.master_url && player(film.master_url, film.title);
    screen.replaceChildren(preview ? preview.node : "There is nothing to see yet.");
  }

  root.append(el("p", el("a", { href: "#/videos" }, "All videos")), heading, state, actions, categories(),
    el("div.film", screen, texts(film, save, "About the film"), panel.node, facts));
  watch();
  update(film);
  poll(() => (isGrowing(film) || panel.isWaiting()) && refresh(), signal);
  signal.addEventListener("abort", () => preview?.stop());
}

const ALL_FACTS = [
  ...FACTS,
  { key: "original_bytes", title: "Original", cell: (size) => (size == null ? "removed" : bytes(size)) },
  { key: "captions", title: "Subtitles", cell: (all) => all.map(({ name }) => name).join(", ") || "–" },
];
