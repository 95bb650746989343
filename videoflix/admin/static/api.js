// Asks the API. A session that has run out is renewed once; if that fails, the way leads to the login page.

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

/** The JSON of an answer, or null. A `body` that is a plain object goes out as JSON, all else as it is. */
export async function api(path, options) {
  try {
    return await send(path, options);
  } catch (error) {
    if (error.status !== 401) throw error;
  }
  renewal ??= send("/api/token/refresh/", { method: "POST" }).finally(() => (renewal = null));
  try {
    await renewal;
  } catch (error) {
    if (![400, 401].includes(error.status)) throw error;
    logIn();
    await new Promise(() => {}); // nobody shall see an error while the page goes
  }
  return send(path, options);
}

/** To the login page, which leads back here. */
export const logIn = () => location.assign(`/admin/login/${location.hash}`);

/** As `api`, for who is not logged in: a 401 is an error like any other. */
export async function send(path, { body, ...options } = {}) {
  const isJson = body?.constructor === Object;
  const json = isJson && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  let answer;
  try {
    answer = await fetch(path, { ...options, body, ...json });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "The server cannot be reached. Please try again in a moment.");
  }
  const told = await answer.json().catch(() => null);
  if (answer.ok) return told;
  throw new ApiError(answer.status, told?.detail ?? `The server answered with ${answer.status}.`, told?.fields);
}
