// Calls the API. An expired access token is refreshed once; if the session has ended, the login leads back to here.

let refreshing = null;

export async function send(path, options) {
  const response = await fetch(path, options);
  if (response.status !== 401) return response;
  return (await refresh()) ? fetch(path, options) : response;
}

/** Whether there is a session again. */
export function refresh() {
  refreshing ??= fetch("/api/token/refresh/", { method: "POST" })
    .then(({ ok }) => ok)
    .finally(() => (refreshing = null));
  return refreshing;
}

export const openLogin = (address) => location.replace(`/login/?next=${encodeURIComponent(address)}`);
