// Buttons that print, and a page that is there to be printed, once all of it has arrived.
"use strict";
(() => {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  if (document.querySelector("[data-print-now]")) addEventListener("load", () => window.print());
})();
