// The login page, for administrators only.

import { send } from "./api.js";
import { whileBusy } from "./dom.js";

const form = document.querySelector("form");
const error = document.getElementById("error");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  whileBusy(form.querySelector("button"), logIn).catch(({ message }) => {
    error.textContent = message;
    form.elements.password.select();
  });
});

async function logIn() {
  error.textContent = "";
  await send("/api/login/", { method: "POST", body: Object.fromEntries(new FormData(form)) });
  const { is_staff: isAdmin } = await send("/api/me/");
  if (isAdmin) return location.replace(`/admin/${location.hash}`); // back to the page that was requested
  await send("/api/logout/", { method: "POST" });
  throw new Error("Only administrators can log in here.");
}
