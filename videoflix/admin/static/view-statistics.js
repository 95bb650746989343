// Who has watched what: of one video, of one account, and of a group with the episodes of a series.

import { api } from "./api.js";
import { groupNames } from "./audience.js";
import { button } from "./buttons.js";
import { el, formatDate } from "./dom.js";
import { table } from "./table.js";

const PATH = "/api/admin/statistics/";
const MEMBERS = 100; // per page

export const show = (root, signal, kind, id) =>
  ({ videos: showVideo, users: showUser }[kind] ?? showGroups)(root, signal, id);

const percent = (part) => (part == null ? "–" : `${Math.round(part * 100)}\u00a0%`);
const asCsv = (path) => el("a.button", { href: `${path}.csv`, download: "" }, "Download as CSV");
const seen = (part) => [el("progress", { value: part, "aria-hidden": "true" }), " ", percent(part)];

const COLUMNS = [
  { key: "name", title: "Profile", cell: (name) => name || "–" },
  { key: "seen", title: "Seen", cell: seen },
  { key: "played_at", title: "Last played", cell: formatDate },
  { key: "watched_at", title: "Finished", cell: formatDate },
];

function showVideo(root, signal, id) {
  const title = el("a", { href: `#/videos/${id}` });
  const email = { key: "email", title: "Account", cell: (text, one) =>
    el("a", { href: `#/statistics/users/${one.user_id}` }, text) };
  const onLoad = (response) => (title.textContent = response.title);
  showTable(root, signal, `${PATH}videos/${id}`, ["Who watched ", title], "viewer", [email, ...COLUMNS], onLoad);
}

function showUser(root, signal, id) {
  const name = el("span");
  const film = { key: "title", title: "Film", cell: (title, one) =>
    el("a", { href: `#/statistics/videos/${one.video_id}` }, title) };
  const onLoad = (response) => (name.textContent = response.email);
  showTable(root, signal, `${PATH}users/${id}`, ["What was watched by ", name], "film", [film, ...COLUMNS], onLoad);
}

function showTable(root, signal, path, title, noun, columns, onLoad) {
  const list = table({ signal, path: `${path}/`, onLoad, label: "Watched", noun, empty: "Nothing was watched yet.",
    columns, filters: [] });
  root.append(el("div.heading", el("h1", title), asCsv(path)), list.node);
}

async function showGroups(root, signal) {
  const [groups, { items: series }] = await Promise.all([groupNames(), api("/api/admin/series/?per_page=100")]);
  signal.throwIfAborted();
  const query = new URLSearchParams(location.hash.split("?")[1]);
  const result = el("div");
  const select = (name, label, options) => {
    const input = el("select", { name, onchange: () => load(1) },
      options.map(([value, text]) => new Option(text, value, false, String(value) === query.get(name))));
    return { input, node: el("label", label, input) };
  };
  const group = select("group", "Group", [...groups]);
  const course = select("series", "Series", series.map(({ id, title }) => [id, title]));

  async function load(page) {
    history.replaceState(null, "", `#/statistics?group=${group.input.value}&series=${course.input.value}`);
    const path = `${PATH}groups/${group.input.value}`;
    const asked = `series=${course.input.value}`;
    const found = await api(`${path}/?${asked}&page=${page}&per_page=${MEMBERS}`, { signal });
    result.replaceChildren(matrix(found), pages(found), el("p.buttons",
      el("a.button", { href: `${path}.csv?${asked}`, download: "" }, "Download as CSV")));
  }

  function pages({ page, total }) {
    const step = (to, label) => button(label, () => load(to), { disabled: to < 1 || (to - 1) * MEMBERS >= total });
    return el("nav.pages", { "aria-label": "Pages", hidden: total <= MEMBERS }, step(page - 1, "Previous"),
      step(page + 1, "Next"));
  }

  root.append(el("h1", "Statistics"));
  if (!groups.size || !series.length) {
    const text = "With a group and a series, this page shows how far each member has watched each episode.";
    const others = "Who has watched a film is shown from the page of the film, what an account has watched from its actions.";
    root.append(el("p", text), el("p", others));
    return;
  }
  root.append(el("p", "How far the members of a group have watched the episodes of a series."),
    el("search.filters", group.node, course.node), result);
  await load(1);
}

function matrix({ columns, items }) {
  const cell = (part) => el("td", { class: part >= 0.9 ? "complete" : null }, percent(part));
  const heading = ({ season, number, title }) =>
    el("th", { scope: "col", title }, season == null || number == null ? title : `S${season}E${number}`);
  const rows = items.map(({ email, name, seen: parts }) =>
    el("tr", el("th", { scope: "row" }, name || email), parts.map(cell)));
  const grid = el("table.matrix", { "aria-label": "Members and episodes" },
    el("thead", el("tr", el("th", { scope: "col" }, "Member"), columns.map(heading))), el("tbody", rows));
  return el("div.scroll", { tabindex: 0, role: "region", "aria-label": "Members and episodes" }, grid);
}
