// Turns <select data-pick> into a field to search and pick in, and proposes the browser's time zone.
"use strict";
(() => {
  const proposeZone = (select) => {
    if (select.dataset.zone === undefined || select.form?.dataset.posted !== undefined) return;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (select.dataset.zone === "propose" && [...select.options].some((option) => option.value === zone)) {
      select.value = zone;
    }
  };
  const enhance = (root) => {
    for (const select of root.querySelectorAll("select[data-pick]")) {
      if (select.tomselect) continue;
      proposeZone(select);
      const many = select.multiple;
      new TomSelect(select, {
        plugins: many ? ["remove_button"] : [],
        maxOptions: 700,
        hidePlaceholder: true,
        closeAfterSelect: !many,
      });
    }
  };
  document.addEventListener("DOMContentLoaded", () => enhance(document));
  document.addEventListener("htmx:after:swap", () => enhance(document));
})();
