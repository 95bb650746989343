// The frame around the pages: which view an address shows, who is logged in, the way out.
//
// #/videos/7?q=alien is view-videos.js: `show(root, route, query)` gets an empty element, ["7"] and URLSearchParams,
// puts an <h1> and more there, and may return what shall be called when it is left.

import { api, logIn, send } from "./api.js";
import { button, el } from "./dom.js";
import { fail, forgetFailures } from "./toast.js";

const FIRST = "videos";
const place = document.querySelector("main");
const links = [...document.querySelectorAll("header nav a")];
let shown = null;

async function route() {
  const [path, words = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, ...rest] = path.split("/").filter(Boolean);
  const isFirst = shown === null;
  shown?.leave();
  forgetFailures();
  const root = el("div", {});
  const mine = (shown = { leave() {} });
  for (const link of links) link.ariaCurrent = link.hash === `#/${name ?? FIRST}` ? "page" : null;
  place.replaceChildren(root);
  try {
    const leave = await show(name ?? FIRST, root, rest, new URLSearchParams(words));
    if (mine !== shown) return leave?.();
    mine.leave = leave ?? mine.leave;
  } catch (error) {
    if (mine !== shown) return;
    const words = el("p", { class: "wrong" }, error.message);
    root.replaceChildren(el("h1", {}, "This cannot be shown"), words, button("Try again", route));
  }
  if (mine === shown) arrive(root.querySelector("h1"), isFirst);
}

async function show(name, root, rest, query) {
  if (!links.some((link) => link.hash === `#/${name}`)) throw new Error("There is no such page.");
  const view = await import(`./view-${name}.js`);
  return view.show(root, rest, query);
}

/** The title of the window follows the page; the focus too, but not when the browser has just opened it. */
function arrive(heading, isFirst) {
  if (!heading) return;
  document.title = `${heading.textContent} – Videoflix`;
  heading.tabIndex = -1;
  if (!isFirst) heading.focus();
}

async function greet() {
  const { email } = await api("/api/me/");
  const out = button("Log out", logOut, { class: "quiet" });
  document.getElementById("who").replaceChildren(el("span", {}, email), out);
}

async function logOut() {
  try {
    await send("/api/logout/", { method: "POST" });
  } catch (error) {
    if (error.status !== 400) return fail(error); // 400: there was no login any more
  }
  logIn();
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the hash is taken: it says which page this is
  place.focus();
});
addEventListener("hashchange", route);
greet().catch(fail);
route();
