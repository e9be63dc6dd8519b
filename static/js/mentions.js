/* Notes that mention the person, in the bar of every page: htmx fetches them at live:mention; new ones are announced.
   */
(() => {
  "use strict";

  const place = document.querySelector("[data-mentions]");
  if (!place) return;
  const fresh = new Set();

  document.body.addEventListener("live:mention", (event) => {
    if (event.detail.what === "new") fresh.add(event.detail.message);
  });

  // The list is open and being read: fetch it again when it closes.
  place.addEventListener("htmx:before:request", (event) => {
    if (place.querySelector(".show")) event.preventDefault();
  });
  place.addEventListener("hidden.bs.dropdown", () => window.htmx?.trigger(place, "refresh"));

  document.addEventListener("htmx:after:swap", () => {
    for (const id of fresh) {
      const entry = place.querySelector(`[data-mention="${id}"]`);
      if (!entry) continue;
      fresh.delete(id);
      window.weni?.showToast({ text: entry.dataset.say, level: "info" });
    }
  });
})();
