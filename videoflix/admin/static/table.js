// Long tables, which the server sorts, searches and filters. Where one is stands in the address: a reload, a bookmark
// and the way back lead to the same rows.

import { api } from "./api.js";
import { button } from "./buttons.js";
import { count, el, say } from "./dom.js";
import { fail } from "./toast.js";

const PATIENCE = 250; // milliseconds until somebody has typed

export const SEARCH = { name: "q", label: "Search", type: "search" };

/**
 * `path`: what is asked → {items: [{id, …}], total, page, per_page, …}; `hear(answer)` may be told of it
 * `columns`: [{key, title, cell(row[key], row), sort: whether it can be sorted by}]
 * `filters`: [{name, label, type}], or instead of a type options to choose from: {value: label} or f(answer)
 * `actions`: [{label, danger, run(rows)}] for ticked rows; what `run` returns is whether it was done
 * `sort`: how it is sorted at first; `empty`: text or node for no rows; `label`: what it holds; `noun`: "film"
 * `signal`: what ends it → {node, reload()}
 */
export function table({ path, hear, columns, filters, actions = [], sort, empty, label, noun, signal }) {
  const isTickable = actions.length > 0;
  const ticked = new Map(); // id → row, also of other pages
  const made = new Map(); // id → {text, node}: what has not changed is not built anew
  let asking = null;
  let answer = { items: [] };

  const head = el("tr", { role: "row" });
  const body = el("tbody", { role: "rowgroup" });
  const grid = el("table", { role: "table", "aria-label": label }, el("thead", { role: "rowgroup" }, head), body);
  const scroll = el("div.scroll", { tabindex: 0, role: "region", "aria-label": label }, grid);
  const told = el("p.told", { role: "status" });
  const pages = el("nav.pages", { "aria-label": "Pages", hidden: true });
  const bulk = el("div.bulk", { role: "group", "aria-label": "Ticked rows", hidden: true });
  const fields = filters.map((filter) => makeFilter(filter, set));
  const node = el("section", el("search.filters", fields.map((field) => field.node)), told, bulk, scroll, pages);

  /** Puts a value into the address: as a step that the browser's way back knows, or without one. */
  function set(name, value, isStep) {
    if (signal.aborted) return; // the address is another view's
    const next = query();
    next.delete("page");
    if (value) next.set(name, value);
    else next.delete(name);
    const [path] = location.hash.split("?");
    history[isStep ? "pushState" : "replaceState"](null, "", next.size ? `${path}?${next}` : path);
    reload();
  }

  async function reload() {
    asking?.abort();
    asking = new AbortController();
    const ended = AbortSignal.any([signal, asking.signal]);
    grid.ariaBusy = "true";
    try {
      const got = await api(`${path}?${query()}`, { signal: ended });
      if (ended.aborted) return;
      const most = lastPage(got);
      if (got.page > most) return set("page", most); // what was here has gone
      answer = got;
      hear?.(got);
      show();
    } catch (error) {
      if (ended.aborted) return;
      told.replaceChildren(el("span.wrong", error.message), button("Try again", reload));
    } finally {
      if (!ended.aborted) grid.ariaBusy = null;
    }
  }

  function show() {
    const { items, total, page } = answer;
    for (const row of items) if (ticked.has(row.id)) ticked.set(row.id, row);
    for (const field of fields) field.update(answer);
    say(told, count(total, noun));
    refill(body, items.length ? items.map(shownRow) : [nothing()]);
    showTicks();
    const most = lastPage(answer);
    const turn = (to, words) =>
      button(words, () => set("page", to > 1 && to, true), { disabled: to < 1 || to > most });
    pages.hidden = most === 1;
    refill(pages, [turn(page - 1, "Previous"), `Page ${page} of ${most}`, turn(page + 1, "Next")]);
  }

  function nothing() {
    const isFiltered = filters.some(({ name }) => query().has(name));
    const cell = el("td.empty", { role: "cell", colspan: 99 }, isFiltered ? "Nothing fits this search." : empty);
    return el("tr", { role: "row" }, cell);
  }

  function shownRow(row) {
    const text = JSON.stringify(row);
    if (made.get(row.id)?.text !== text) made.set(row.id, { text, node: makeRow(row) });
    const shown = made.get(row.id).node;
    if (isTickable) shown.querySelector(".tick input").checked = ticked.has(row.id);
    return shown;
  }

  function makeRow(row) {
    const box = isTickable && tickBox(`Tick ${row.title}`, (isTicked) => tick([row], isTicked));
    const cells = columns.map(({ key, title, cell = (value) => value ?? "–" }) =>
      el("td", { role: "cell", "data-label": title, class: `col-${key}` }, cell(row[key], row)));
    return el("tr", { role: "row", "data-id": row.id }, box && el("td.tick", { role: "cell" }, box), cells);
  }

  function tick(some, isTicked) {
    for (const row of some) isTicked ? ticked.set(row.id, row) : ticked.delete(row.id);
    answer.items.forEach(shownRow);
    showTicks();
  }

  /** The heads of the columns, and what can be done with what is ticked. */
  function showTicks() {
    const all = tickBox("Tick all on this page", (isTicked) => tick(answer.items, isTicked));
    all.checked = answer.items.length > 0 && answer.items.every((row) => ticked.has(row.id));
    refill(head, [isTickable ? columnHead({ class: "tick" }, all) : "", ...columns.map(sortable)]);
    const untick = () => {
      tick([...ticked.values()], false);
      scroll.focus();
    };
    bulk.hidden = !ticked.size;
    refill(bulk, [
      el("strong", { role: "status" }, `${count(ticked.size, noun)} ticked`),
      ...actions.map((one) => button(one.label, () => act(one.run), { class: one.danger && "danger" })),
      button("Untick all", untick, { class: "quiet" }),
    ]);
  }

  function sortable({ key, title, sort: isSortable }) {
    if (!isSortable) return columnHead(title);
    const order = { [key]: "ascending", [`-${key}`]: "descending" }[query().get("sort") ?? sort];
    const turn = () => set("sort", order === "ascending" ? `-${key}` : key);
    const sign = el("span", { "aria-hidden": "true" }, { ascending: "▲", descending: "▼" }[order]);
    return columnHead({ "aria-sort": order }, button([title, sign], turn));
  }

  async function act(run) {
    try {
      if (!(await run([...ticked.values()]))) return; // there is nothing to wait for
      ticked.clear();
    } catch (error) {
      fail(error);
    }
    await reload();
  }

  showTicks();
  reload();
  return { node, reload };
}

/** The query within the hash: #/videos?q=alien */
const query = () => new URLSearchParams(location.hash.split("?")[1] ?? "");

const lastPage = ({ total, per_page: size }) => Math.max(1, Math.ceil(total / size));

const columnHead = (...content) => el("th", { role: "columnheader", scope: "col" }, content);

const tickBox = (label, change) =>
  el("input", { type: "checkbox", "aria-label": label, onchange: (event) => change(event.target.checked) });

function makeFilter({ name, label, type, options }, set) {
  let pending;
  let offered;
  const change = () => set(name, input.value.trim());
  const soon = () => {
    clearTimeout(pending);
    pending = setTimeout(change, PATIENCE);
  };
  const listen = type === "search" ? { oninput: soon } : { onchange: change };
  const input = options
    ? el("select", { name, ...listen })
    : el("input", { name, type, value: query().get(name), ...listen });

  function update(answer) {
    const all = typeof options === "function" ? options(answer) : options;
    if (!options || JSON.stringify(all) === offered) return;
    offered = JSON.stringify(all);
    const choices = Object.entries(all).map(([value, label]) => new Option(label, value));
    input.replaceChildren(new Option("All", ""), ...choices);
    input.value = query().get(name) ?? "";
  }
  return { node: el("label", label, input), update };
}

/** Fills a part of the page anew; the focus stays where it was, or goes to what took its place. */
function refill(part, content) {
  const held = document.activeElement;
  const id = part.contains(held) && held.closest("[data-id]")?.dataset.id;
  const all = () => {
    const place = id ? part.querySelector(`[data-id="${CSS.escape(id)}"]`) : part;
    return [...(place?.querySelectorAll("a, button, input, select") ?? [])];
  };
  const number = all().indexOf(held);
  part.replaceChildren(...content);
  if (number >= 0) (part.contains(held) ? held : all()[number])?.focus();
}
