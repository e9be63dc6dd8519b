// What is asked for stands in the address, so empty fields stay out of it; and the button that prints.
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
})();
