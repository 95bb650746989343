// The layout around the views: routing, the account that is logged in, and logging out.
//
// #/videos/7?q=alien opens view-videos.js: `show(root, signal, "7")` gets an empty element and adds an <h1> and the
// rest. The signal is aborted when the view is left, and ends everything that would otherwise go on.

import { api, openLogin, send } from "./api.js";
import { button } from "./buttons.js";
import { el } from "./dom.js";
import { clearErrors, showError } from "./toast.js";
import { showUploadPill } from "./upload-pill.js";

const DEFAULT_VIEW = "home";
const main = document.querySelector("main");
const menu = document.getElementById("menu"); // a popover on phones
const links = [...document.querySelectorAll("header nav a")];
let current = null;

async function route() {
  const [path] = location.hash.split("?");
  const [name = DEFAULT_VIEW, ...rest] = path.split(/[#/]/).filter(Boolean);
  const isFirst = current === null;
  current?.abort();
  current = new AbortController();
  const { signal } = current;
  const root = el("div");
  for (const link of links) link.ariaCurrent = link.hash === `#/${name}` ? "page" : null;
  menu.hidePopover();
  clearErrors();
  main.replaceChildren(root);
  try {
    await show(name, root, signal, rest);
  } catch (error) {
    const message = el("p.error", error.message);
    root.replaceChildren(el("h1", "This page cannot be shown"), message, button("Try again", route));
  }
  if (!signal.aborted) announce(root.querySelector("h1"), isFirst);
}

async function show(name, root, signal, rest) {
  if (!links.some((link) => link.hash === `#/${name}`)) throw new Error("This page does not exist.");
  const view = await import(`./view-${name}.js`);
  signal.throwIfAborted();
  await view.show(root, signal, ...rest);
}

/** Sets the window title, and moves the focus to the heading, except when the page has just been loaded. */
function announce(heading, isFirst) {
  document.title = `${heading.textContent} – Videoflix`;
  heading.tabIndex = -1;
  if (!isFirst) heading.focus();
}

async function showAccount() {
  const { name, email } = await api("/api/me/");
  document.getElementById("account").append(el("span", name || email), button("Log out", logOut, { class: "subtle" }));
}

async function logOut() {
  await send("/api/logout/", { method: "POST" }).catch((error) => {
    if (error.status !== 400) throw error; // 400: already logged out
  });
  openLogin();
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the hash is used for routing
  main.focus();
});
addEventListener("hashchange", route);
showUploadPill();
showAccount().catch(showError);
route();
