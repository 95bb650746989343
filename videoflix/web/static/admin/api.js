// Asks the API. A session that has run out is renewed once; if that fails, the way leads to the login page.

const LOGIN = "/admin/login/";
let renewal = null;

/** A refusal: `message` for people, `fields` ({name: reason}) for a form; status 0: no answer. */
export class ApiError extends Error {
  constructor(status, detail, fields = {}) {
    super(detail);
    this.status = status;
    this.fields = fields;
  }
}

/** All that an error tells, where there are no fields to show it at. */
export const reasons = ({ message, fields = {} }) => [message, ...Object.values(fields)].join(" ");

/** The JSON of an answer, or null. A `body` that is a plain object or a list goes out as JSON, all else as it is. */
export async function api(path, options) {
  try {
    return await send(path, options);
  } catch (error) {
    if (error.status !== 401) throw error;
  }
  renewal ??= renew().finally(() => (renewal = null));
  if (await renewal) return send(path, options);
  logIn();
  return new Promise(() => {}); // nobody shall see an error while the page goes
}

/** To the login page, which leads back here. */
export const logIn = () => location.assign(LOGIN + location.hash);

/** As `api`, for who is not logged in: a 401 is an error like any other. */
export async function send(path, { method = "GET", body, headers = {}, signal } = {}) {
  const isJson = Array.isArray(body) || Object.getPrototypeOf(body ?? "") === Object.prototype;
  let answer;
  try {
    answer = await fetch(path, {
      method,
      signal,
      headers: isJson ? { "Content-Type": "application/json", ...headers } : headers,
      body: isJson ? JSON.stringify(body) : body,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "The server cannot be reached. Please try again in a moment.");
  }
  const told = await answer.json().catch(() => null);
  if (answer.ok) return told;
  throw new ApiError(answer.status, told?.detail ?? `The server answered with ${answer.status}.`, told?.fields);
}

async function renew() {
  try {
    await send("/api/token/refresh/", { method: "POST" });
  } catch (error) {
    if (error.status !== 400 && error.status !== 401) throw error;
    return false;
  }
  return true;
}
