// Special days: regions follow the selected country; one checkbox selects all days.
"use strict";
(() => {
  const calendar = document.querySelector("[data-days-calendar]");
  calendar?.elements.country.addEventListener("change", () => {
    calendar.elements.region.value = "";
    calendar.requestSubmit();
  });

  for (const form of document.querySelectorAll("[data-days-offered]")) {
    const all = form.querySelector("[data-days-all]");
    const boxes = [...form.querySelectorAll("[name=chosen]:not(:disabled)")];
    const follow = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      all.checked = ticked > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
      all.disabled = boxes.length === 0;
    };
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      follow();
    });
    form.addEventListener("change", (event) => event.target !== all && follow());
    follow();
  }
})();
