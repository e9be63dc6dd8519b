/* A page that Back or Forward brought: its content is that of its address, and so are the fields that filter it. */
(() => {
  "use strict";

  /* Browsers fill in again what was chosen last, which is the filter of the page that was left for. */
  const reset = () => {
    for (const form of document.querySelectorAll("form[role=search]")) {
      form.reset();
      for (const select of form.querySelectorAll("select")) select.tomselect?.sync();
    }
  };

  const changed = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.type === "file") return field.files.length > 0;
    return field.matches("input, textarea") && field.value !== field.defaultValue;
  };
  const unsaved = () => [...document.querySelectorAll("form:not([role=search])")].some((form) => [...form.elements].some(changed));

  addEventListener("pageshow", (event) => {
    const [visit] = performance.getEntriesByType("navigation");
    if (event.persisted) {
      // Kept as it was left, it may be old. The desk fetches what it shows once its stream is open again.
      if (!document.querySelector("[data-desk]") && !unsaved()) location.reload();
      else reset();
    } else if (visit?.type === "back_forward") reset();
  });
})();
