// Shows a page of ours when the installed app is opened without a network. Nothing else is kept: films need the network.

const OFFLINE = "/offline/";

addEventListener("install", (event) => {
  // Other requests than those of pages do not pass through here, so that it does not slow down films.
  event.addRoutes?.([{ condition: { not: { requestMode: "navigate" } }, source: "network" }]);
  event.waitUntil(caches.open("pages").then((cache) => cache.add(new Request(OFFLINE, { cache: "reload" }))));
});

addEventListener("activate", (event) => event.waitUntil(registration.navigationPreload?.enable()));

addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate") return;
  // A preload may be given up although there is a network.
  const preload = Promise.resolve(event.preloadResponse).catch(() => undefined);
  event.respondWith(preload.then((found) => found ?? fetch(event.request)).catch(() => caches.match(OFFLINE)));
});
