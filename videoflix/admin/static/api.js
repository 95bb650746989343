// Calls the API. If the access token has expired, it is refreshed once; if that fails, the login page is opened.

let refreshing = null;

/** An error from the API: `message` for people, `fields` ({name: reason}) for a form; status 0: no response. */
export class ApiError extends Error {
  constructor(status, detail, fields = {}) {
    super(detail);
    this.status = status;
    this.fields = fields;
  }
}

export const describeError = ({ message, fields = {} }) => [message, ...Object.values(fields)].join(" ");

/** The JSON of the response, or null. A `body` that is a plain object is sent as JSON, anything else unchanged. */
export async function api(path, options) {
  try {
    return await send(path, options);
  } catch (error) {
    if (error.status !== 401) throw error;
  }
  refreshing ??= send("/api/token/refresh/", { method: "POST" }).finally(() => (refreshing = null));
  try {
    await refreshing;
  } catch (error) {
    if (![400, 401].includes(error.status)) throw error;
    openLogin();
    await new Promise(() => {}); // show no error while the browser navigates
  }
  return send(path, options);
}

/** Opens the login page, which returns to this page afterwards. */
export const openLogin = () => location.assign(`/admin/login/${location.hash}`);

export async function send(path, { body, ...options } = {}) {
  const isJson = body?.constructor === Object;
  const json = isJson && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  let response;
  try {
    response = await fetch(path, { ...options, body, ...json });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "The server cannot be reached. Please try again in a moment.");
  }
  const data = await response.json().catch(() => null);
  if (response.ok) return data;
  throw new ApiError(response.status, data?.detail ?? `The server answered with ${response.status}.`, data?.fields);
}
