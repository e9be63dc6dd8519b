/* The list of agents is refetched at every change, but not while somebody is setting a status in it. */
(() => {
  "use strict";

  const list = document.querySelector("[data-agents]");
  const busy = () => list.querySelector("details[open], .dropdown-menu.show");

  list.addEventListener("htmx:before:request", (event) => {
    if (event.target === list && busy()) event.preventDefault();
  });
  list.addEventListener("toggle", (event) => {
    if (!event.target.matches("details[open]")) return;
    for (const other of list.querySelectorAll("details[open]")) if (other !== event.target) other.open = false;
  }, true);
  document.addEventListener("click", (event) => {
    for (const open of list.querySelectorAll("details[open]")) if (!open.contains(event.target)) open.open = false;
  });
  list.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && event.target.closest("details[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
})();
