// Tables that the server sorts, filters and pages. Their state is in the address, so that a reload, a bookmark and the
// back button lead to the same rows.

import { api } from "./api.js";
import { button } from "./buttons.js";
import { count, el, refill, setText } from "./dom.js";
import { showError } from "./toast.js";

const TYPING_DELAY = 250; // milliseconds
const MAX_SELECTED = 500; // what the API changes in one request
const PAGE_SIZE = 100; // the largest that the API has

export const SEARCH = { name: "q", label: "Search", type: "search" };

/**
 * `path`: responds with {items: [{id, …}], total, page, per_page, …}; `onLoad(response)` is called with it
 * `columns`: [{key, title, cell(row[key], row), sort: whether the column can be sorted}]
 * `filters`: [{name, label, type}], or instead of a type `options`: {value: label}, [[value, label]] or f(response)
 * `actions`: [{label, danger, fits(row), run(rows)}] for selected rows. An action is offered for those that it fits, by
 *   default all; `run` resolves to whether anything was done
 * `sort`: the initial order; `empty`: text or node for an empty table; `label`: its name; `noun`: of a row
 * `signal`: ends it → {node, reload()}
 */
export function table({ path, onLoad, columns, filters, actions = [], sort, empty, label, noun, signal }) {
  const isSelectable = actions.length > 0;
  const selected = new Map(); // id → row, also of other pages
  let clicked = null; // id of the row whose box was clicked last, where a range begins
  const rendered = new Map(); // id → {json, node}: rows that have not changed are reused
  let request = null;
  let response = { items: [] };

  const head = el("tr", { role: "row" });
  const body = el("tbody", { role: "rowgroup" });
  const grid = el("table", { role: "table", "aria-label": label }, el("thead", { role: "rowgroup" }, head), body);
  const scroll = el("div.scroll", { tabindex: 0, role: "region", "aria-label": label }, grid);
  const summary = el("p.summary", { role: "status" });
  const pages = el("nav.pages", { "aria-label": "Pages", hidden: true });
  const bulk = el("div.bulk", { role: "group", "aria-label": "Selected rows", hidden: true });
  const fields = filters.map((filter) => makeFilter(filter, set));
  const [first, ...others] = fields; // on phones, the others are shown on demand
  const more = el("button", { type: "button", "aria-expanded": "false", hidden: filters.length < 2,
    onclick: () => (more.ariaExpanded = String(more.ariaExpanded === "false")) }, "Filters");
  const node = el("section", el("search.filters", first?.node, more, others.map((field) => field.node)), summary, bulk, scroll, pages);

  function set(name, value, addsHistory) {
    if (signal.aborted) return; // the address belongs to another view
    const next = query();
    next.delete("page");
    if (value) next.set(name, value);
    else next.delete(name);
    const [path] = location.hash.split("?");
    history[addsHistory ? "pushState" : "replaceState"](null, "", next.size ? `${path}?${next}` : path);
    reload();
  }

  async function reload() {
    request?.abort();
    request = new AbortController();
    const ended = AbortSignal.any([signal, request.signal]);
    grid.ariaBusy = "true";
    try {
      const latest = await api(`${path}?${query()}`, { signal: ended });
      if (ended.aborted) return;
      const last = lastPage(latest);
      if (latest.page > last) return set("page", last); // rows were removed
      response = latest;
      onLoad?.(latest);
      show();
    } catch (error) {
      if (ended.aborted) return;
      summary.replaceChildren(el("span.error", error.message), button("Try again", reload));
    } finally {
      if (!ended.aborted) grid.ariaBusy = null;
    }
  }

  function show() {
    const { items, total, page } = response;
    for (const row of items) if (selected.has(row.id)) selected.set(row.id, row);
    for (const field of fields) field.update(response);
    const active = filters.filter(({ name, type }) => type !== "search" && query().has(name)).length;
    setText(more, active ? `Filters (${active})` : "Filters");
    setText(summary, count(total, noun));
    refill(body, items.length ? items.map(renderRow) : [emptyRow()]);
    showSelection();
    const last = lastPage(response);
    const pageButton = (to, text) =>
      button(text, () => set("page", to > 1 && to, true), { disabled: to < 1 || to > last });
    pages.hidden = last === 1;
    refill(pages, [pageButton(page - 1, "Previous"), `Page ${page} of ${last}`, pageButton(page + 1, "Next")]);
  }

  function emptyRow() {
    const isFiltered = filters.some(({ name }) => query().has(name));
    const text = isFiltered ? "Nothing matches these filters." : empty;
    return el("tr", { role: "row" }, el("td.empty", { role: "cell", colspan: 99 }, text));
  }

  function renderRow(row) {
    const json = JSON.stringify(row);
    if (rendered.get(row.id)?.json !== json) rendered.set(row.id, { json, node: makeRow(row) });
    const { node } = rendered.get(row.id);
    if (isSelectable) node.querySelector(".select input").checked = selected.has(row.id);
    return node;
  }

  function makeRow(row) {
    const box = isSelectable && checkbox(`Select ${row.title ?? row.email}`, (isOn, isRange) => {
      select(isRange ? rangeTo(row) : [row], isOn);
      clicked = row.id;
    });
    const cells = columns.map(({ key, title, cell = (value) => value ?? "–" }) =>
      el("td", { role: "cell", "data-label": title, class: `col-${key}` }, cell(row[key], row)));
    return el("tr", { role: "row", "data-id": row.id }, box && el("td.select", { role: "cell" }, box), cells);
  }

  /** With the shift key: the rows of this page from the one that was clicked before. */
  function rangeTo(row) {
    const ids = response.items.map(({ id }) => id);
    const [from, to] = [ids.indexOf(clicked), ids.indexOf(row.id)].sort((a, b) => a - b);
    return from < 0 ? [row] : response.items.slice(from, to + 1);
  }

  /** Selects what the filters leave, on all pages. */
  async function selectMatching() {
    const { total } = response;
    checkCount(total);
    const rows = [];
    for (let page = 1; rows.length < total; page++) {
      const next = query();
      for (const [name, value] of Object.entries({ page, per_page: PAGE_SIZE })) next.set(name, value);
      const { items } = await api(`${path}?${next}`, { signal });
      if (!items.length) break; // some were removed meanwhile
      rows.push(...items);
    }
    select(rows, true);
  }

  function select(rows, isOn) {
    for (const row of rows) isOn ? selected.set(row.id, row) : selected.delete(row.id);
    response.items.forEach(renderRow);
    showSelection();
  }

  function showSelection() {
    const all = checkbox("Select all on this page", (isOn) => select(response.items, isOn));
    all.checked = response.items.length > 0 && response.items.every((row) => selected.has(row.id));
    const hasMore = all.checked && response.total > Math.max(response.items.length, selected.size);
    refill(head, [isSelectable ? columnHeader({ class: "select" }, all) : "", ...columns.map(sortableHeader)]);
    const clear = () => {
      select([...selected.values()], false);
      scroll.focus();
    };
    bulk.hidden = !selected.size;
    refill(bulk, [
      el("strong", { role: "status" }, `${count(selected.size, noun)} selected`),
      hasMore ? button(`Select all ${response.total} that match`, selectMatching) : "",
      ...actions.map(actionButton),
      button("Clear selection", clear, { class: "subtle" }),
    ]);
  }

  function actionButton({ label, danger, fits = () => true, run }) {
    const rows = [...selected.values()].filter(fits);
    const text = rows.length < selected.size ? `${label} (${rows.length})` : label;
    return rows.length ? button(text, () => act(run, rows), { class: danger && "danger" }) : "";
  }

  function checkCount(n) {
    if (n <= MAX_SELECTED) return;
    throw new Error(`These are ${count(n, noun)}, and at most ${MAX_SELECTED} can be changed together. Please filter more.`);
  }

  function sortableHeader({ key, title, sort: isSortable }) {
    if (!isSortable) return columnHeader({ class: `col-${key}` }, title);
    const order = { [key]: "ascending", [`-${key}`]: "descending" }[query().get("sort") ?? sort];
    const toggle = () => set("sort", order === "ascending" ? `-${key}` : key);
    const arrow = el("span", { "aria-hidden": "true" }, { ascending: "▲", descending: "▼" }[order]);
    return columnHeader({ class: `col-${key}`, "aria-sort": order }, button([title, arrow], toggle));
  }

  async function act(run, rows) {
    try {
      checkCount(rows.length);
      if (!(await run(rows))) return;
      selected.clear();
    } catch (error) {
      showError(error);
    }
    await reload();
  }

  showSelection();
  reload();
  return { node, reload };
}

const query = () => new URLSearchParams(location.hash.split("?")[1] ?? "");

const lastPage = ({ total, per_page: size }) => Math.max(1, Math.ceil(total / size));

const columnHeader = (...content) => el("th", { role: "columnheader", scope: "col" }, content);

/** `change(isOn, isRange)`: a range if the shift key is pressed. */
const checkbox = (label, change) => el("input", { type: "checkbox", "aria-label": label,
  onclick: ({ target, shiftKey }) => change(target.checked, shiftKey) });

function makeFilter({ name, label, type, options }, set) {
  let timer;
  let current;
  const apply = () => set(name, input.value.trim());
  const applySoon = () => {
    clearTimeout(timer);
    timer = setTimeout(apply, TYPING_DELAY);
  };
  const listener = type === "search" ? { oninput: applySoon } : { onchange: apply };
  const input = options
    ? el("select", { name, ...listener })
    : el("input", { name, type, value: query().get(name), ...listener });

  function update(response) {
    const all = typeof options === "function" ? options(response) : options;
    if (!options || JSON.stringify(all) === current) return;
    current = JSON.stringify(all);
    const pairs = Array.isArray(all) ? all : Object.entries(all);
    const choices = pairs.map(([value, label]) => new Option(label, value));
    input.replaceChildren(new Option("All", ""), ...choices);
    input.value = query().get(name) ?? "";
  }
  return { node: el("label", label, input), update };
}
