// A change of role that is not confirmed goes back to what is saved.
"use strict";
document.querySelector("#confirm")?.addEventListener("close", (event) => {
  if (event.target.returnValue === "ok") return;
  for (const form of document.querySelectorAll("form[data-role]")) form.reset();
});
