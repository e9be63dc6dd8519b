// The query is in the URL, so empty fields are left out; and the print button.
"use strict";
(() => {
  for (const form of document.querySelectorAll(".report-filters")) {
    form.addEventListener("formdata", (event) => {
      for (const [name, value] of [...event.formData.entries()]) {
        if (!value || (name === "match" && value === "any") || (name === "counted" && value === "closed")) event.formData.delete(name);
      }
    });
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  // A page that is there to be printed, once all of it has arrived.
  if (document.querySelector("[data-print-now]")) addEventListener("load", () => window.print());
})();
