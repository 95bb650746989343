// The frame around the pages: which view an address shows, who is logged in, the way out.
//
// #/videos/7?q=alien is view-videos.js: `show(root, signal, "7")` gets an empty element and puts an <h1> and more
// there. The signal is aborted when the view is left: it ends whatever would go on.

import { api, logIn, send } from "./api.js";
import { button } from "./buttons.js";
import { el } from "./dom.js";
import { fail, forgetFailures } from "./toast.js";

const FIRST = "videos";
const place = document.querySelector("main");
const links = [...document.querySelectorAll("header nav a")];
let shown = null;

async function route() {
  const [path] = location.hash.split("?");
  const [name = FIRST, ...rest] = path.split(/[#/]/).filter(Boolean);
  const isFirst = shown === null;
  shown?.abort();
  shown = new AbortController();
  const { signal } = shown;
  const root = el("div");
  for (const link of links) link.ariaCurrent = link.hash === `#/${name}` ? "page" : null;
  forgetFailures();
  place.replaceChildren(root);
  try {
    await show(name, root, signal, rest);
  } catch (error) {
    const words = el("p.wrong", error.message);
    root.replaceChildren(el("h1", "This cannot be shown"), words, button("Try again", route));
  }
  if (!signal.aborted) arrive(root.querySelector("h1"), isFirst);
}

async function show(name, root, signal, rest) {
  if (!links.some((link) => link.hash === `#/${name}`)) throw new Error("There is no such page.");
  const view = await import(`./view-${name}.js`);
  signal.throwIfAborted();
  await view.show(root, signal, ...rest);
}

/** The title of the window follows the page; the focus too, but not when the browser has just opened it. */
function arrive(heading, isFirst) {
  document.title = `${heading.textContent} – Videoflix`;
  heading.tabIndex = -1;
  if (!isFirst) heading.focus();
}

async function greet() {
  const { email } = await api("/api/me/");
  document.getElementById("who").append(el("span", email), button("Log out", logOut, { class: "quiet" }));
}

async function logOut() {
  await send("/api/logout/", { method: "POST" }).catch((error) => {
    if (error.status !== 400) throw error; // 400: there was no login any more
  });
  logIn();
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the hash is taken: it says which page this is
  place.focus();
});
addEventListener("hashchange", route);
greet().catch(fail);
route();
