// Series: their texts, and which videos are their episodes, in which order.

import { api } from "./api.js";
import { askAudience, audienceSigns, groupNames } from "./audience.js";
import { button } from "./buttons.js";
import { ask, choose, confirm } from "./dialog.js";
import { count, el, formatDate, formatSeconds } from "./dom.js";
import { form } from "./form.js";
import { makeGuestLink } from "./guest-link.js";
import { SEARCH, table } from "./table.js";
import { notify, showError } from "./toast.js";
import { link as videoLink } from "./video-status.js";

const PATH = "/api/admin/series/";
const MAX_NUMBER = 9999;

export const show = (root, signal, id) => (id ? showOne(root, signal, id) : showAll(root, signal));

const image = (src) => src && el("img", { loading: "lazy", src, alt: "" });
const link = ({ id, title }) => el("a", { href: `#/series/${id}` }, title);
const nameOf = (season) => (season ? `Season ${season}` : "Specials");

const fields = ({ title, description } = {}) => [
  { name: "title", label: "Title", value: title, required: true, maxlength: 200 },
  { name: "description", label: "Description", value: description, type: "textarea", maxlength: 5000 },
];

async function showAll(root, signal) {
  const names = await groupNames();
  signal.throwIfAborted();
  const create = async (body) => {
    const { id } = await api(PATH, { method: "POST", body });
    location.hash = `#/series/${id}`;
  };
  const all = table({
    signal,
    path: PATH,
    label: "Series",
    noun: "series",
    empty: "There are no series yet. Episodes that are imported or uploaded go into theirs by themselves.",
    sort: "title",
    columns: [
      { key: "thumbnail_url", title: "Picture", cell: image },
      { key: "title", title: "Title", sort: true, cell: (_, series) => [link(series), el("div.signs", audienceSigns(series, names))] },
      { key: "seasons", title: "Seasons" },
      { key: "episodes", title: "Episodes", sort: true },
      { key: "created_at", title: "Added", sort: true, cell: formatDate },
    ],
    filters: [SEARCH],
  });
  const ofNew = { title: "New series", action: "Create", fields: fields(), submit: create };
  root.append(el("h1", "Series"), el("p.buttons", button("New series…", () => ask(ofNew))), all.node);
}

async function showOne(root, signal, id) {
  const path = `${PATH}${id}/`;
  let [series, names] = await Promise.all([api(path), groupNames()]);
  signal.throwIfAborted();
  const heading = el("h1");
  const signs = el("p.signs");
  const seasons = el("div.seasons");
  let dragged = null;

  /** Shows what a change has made of the series. The focus goes to the same control of the same episode. */
  async function change(address, method, body) {
    const { activeElement } = document;
    const episode = activeElement.closest("[data-id]")?.dataset.id;
    const control = activeElement.dataset.control;
    try {
      series = await api(path + address, { method, body });
    } catch (error) {
      showError(error);
    }
    if (signal.aborted) return;
    update();
    seasons.querySelector(`[data-id="${episode}"] [data-control="${control}"]`)?.focus();
  }

  const arrange = (season, ids) => change("order/", "PUT", { season, ids });

  function update() {
    heading.textContent = series.title;
    signs.replaceChildren(...audienceSigns(series, names));
    seasons.replaceChildren(...series.seasons.map(makeSeason));
    if (!series.seasons.length) seasons.append(el("p", "It has no episodes yet. Choose videos below."));
  }

  function makeSeason({ season, episodes }) {
    const items = episodes.map((episode, at) => makeEpisode(season, episodes, episode, at));
    return el("section", el("h2", nameOf(season)), el("ol.episodes", items));
  }

  function makeEpisode(season, episodes, episode, at) {
    const ids = episodes.map((one) => one.id);
    const isPicture = series.picture_video_id === episode.id;
    const move = (to) => {
      ids.splice(to, 0, ...ids.splice(at, 1));
      return arrange(season, ids);
    };
    const step = (control, text, to) => button(text, () => move(to), {
      "data-control": control, "aria-label": `Move ${control}: ${episode.title}`, disabled: to < 0 || to >= ids.length });
    const number = (name, label, value, required) => el("label", label, el("input", {
      type: "number", min: 0, max: MAX_NUMBER, value: value ?? "", required, "data-control": name,
      "aria-label": `${label} of ${episode.title}`,
      onchange: ({ target }) => target.reportValidity() &&
        change(`episodes/${episode.id}/`, "PATCH", { [name]: target.value === "" ? null : Number(target.value) }) }));
    const item = el("li", { "data-id": episode.id, ondragover, ondragleave, ondrop },
      el("span.handle", { draggable: true, ondragstart, title: "Drag to another place", "aria-hidden": "true" }, "⠿"),
      image(episode.thumbnail_url),
      el("p", videoLink(episode), el("small", formatSeconds(episode.duration))),
      number("season", "Season", season, true), number("number", "Episode", episode.number, false),
      el("p.buttons", step("up", "▲", at - 1), step("down", "▼", at + 1),
        button("Picture", () => change("", "PATCH", { picture_video_id: isPicture ? null : episode.id }), {
          "data-control": "picture", "aria-label": `Picture of the series: ${episode.title}`, "aria-pressed": String(isPicture) }),
        button("Remove", () => change(`episodes/${episode.id}/`, "DELETE"), {
          class: "subtle", "aria-label": `Remove from the series: ${episode.title}` })));

    function ondragstart(event) {
      dragged = episode.id;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setDragImage(item, 0, 0);
    }
    function ondragover(event) {
      if (!dragged) return;
      event.preventDefault();
      item.classList.toggle("below", isBelow(event));
      item.classList.toggle("above", !isBelow(event));
    }
    function ondragleave() {
      item.classList.remove("above", "below");
    }
    function ondrop(event) {
      event.preventDefault();
      const moved = dragged;
      dragged = null;
      ondragleave();
      if (!moved || moved === episode.id) return;
      const others = ids.filter((one) => one !== moved);
      others.splice(others.indexOf(episode.id) + isBelow(event), 0, moved);
      arrange(season, others);
    }
    function isBelow(event) {
      const { top, height } = item.getBoundingClientRect();
      return event.clientY > top + height / 2;
    }
    return item;
  }

  async function save(body) {
    series = await api(path, { method: "PATCH", body });
    update();
    notify("Saved.");
  }

  const askVisible = () =>
    askAudience({ title: `Who may see “${series.title}”?`, audience: series, names, submit: save });

  async function remove() {
    const total = count(series.seasons.flatMap(({ episodes }) => episodes).length, "video");
    const choice = await choose(`Delete “${series.title}”?`, [
      { label: `Delete the series and keep ${total}`, episodes: "keep" },
      { label: `Delete the series and ${total}…`, episodes: "delete", question: `Permanently delete ${total}?` },
    ]);
    if (!choice || (choice.question && !(await confirm(choice.question, "Delete")))) return;
    await api(`${path}?episodes=${choice.episodes}`, { method: "DELETE" });
    notify(`“${series.title}” has been deleted.`);
    location.hash = "#/series";
  }

  async function add(videos) {
    await change("episodes/", "POST", { ids: videos.map((video) => video.id) });
    return true;
  }

  const choice = table({
    signal,
    path: "/api/admin/videos/",
    label: "Videos to add",
    noun: "video",
    empty: "There are no videos yet.",
    sort: "-created_at",
    columns: [
      { key: "thumbnail_url", title: "Thumbnail", cell: image },
      { key: "title", title: "Title", sort: true, cell: (_, video) => videoLink(video) },
      { key: "category", title: "Category", sort: true },
      { key: "series", title: "Series" },
    ],
    filters: [SEARCH],
    actions: [{ label: "Add to the series", run: add }],
  });
  root.append(el("p", el("a", { href: "#/series" }, "All series")), heading, signs,
    el("p.buttons", el("a.button", { href: `/series/${id}/` }, "Page for viewers"),
      button("Visible to…", askVisible),
      button("Guest link…", () => makeGuestLink({ series_id: series.id }, series.title)),
      button("Delete…", remove, { class: "danger" })),
    form({ fields: fields(series), submit: save }), seasons, el("h2", "Add videos"), choice.node);
  update();
}
