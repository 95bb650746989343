// What pages gain from scripts: arrows beside rows, menus that close, questions before something is removed, and a word
// when the connection is lost.

for (const row of document.querySelectorAll(".row")) {
  const list = row.querySelector("ul");
  const [back, forward] = row.querySelectorAll(".step");
  const update = () => {
    back.hidden = list.scrollLeft < 8;
    forward.hidden = list.scrollLeft + list.clientWidth > list.scrollWidth - 8;
  };
  const step = (direction) => list.scrollBy({ left: direction * list.clientWidth * 0.85, behavior: "smooth" });
  back.addEventListener("click", () => step(-1));
  forward.addEventListener("click", () => step(1));
  list.addEventListener("scroll", update, { passive: true });
  new ResizeObserver(update).observe(list);
}

const menu = document.querySelector("details.menu");
document.addEventListener("click", (event) => {
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && menu?.open) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!confirm(form.dataset.confirm)) event.preventDefault();
  });
}

const search = document.querySelector("form[data-live]");
search?.addEventListener("input", () => {
  clearTimeout(search.timer);
  search.timer = setTimeout(showFound, 150);
});

/** Replaces the results by those of the page for the words so far. */
async function showFound() {
  const address = `${search.action}?${new URLSearchParams(new FormData(search))}`;
  search.request?.abort();
  search.request = new AbortController();
  const response = await fetch(address, { signal: search.request.signal }).catch(() => null);
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const found = page.getElementById("results");
  if (!found) return location.assign(address); // the login
  document.getElementById("results").replaceChildren(...found.childNodes);
  history.replaceState(null, "", address);
}

// A page from the back-forward cache may be older than what the player has reported.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

const offline = document.getElementById("offline");
const sayOffline = () => {
  offline.hidden = navigator.onLine;
  offline.textContent = navigator.onLine ? "" : offline.dataset.text;
};
for (const name of ["online", "offline"]) addEventListener(name, sayOffline);
sayOffline();

// Browsers have a page of their own for lost connections; an installed app would be empty.
if (matchMedia("(display-mode: standalone)").matches) navigator.serviceWorker?.register("/service-worker.js");
