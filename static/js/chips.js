/* Chips: a list of short texts, added by typing (docs/design.md, Chips). The text field has the same name as the chips,
   so text not yet added is submitted as well. */
(() => {
  "use strict";

  const { fold } = window.weniText;
  const parts = (box) => ({
    list: box.querySelector("[data-chips-list]"),
    entry: box.querySelector("[data-chips-entry]"),
    status: box.querySelector("[data-chips-status]"),
    template: box.querySelector("[data-chips-template]"),
  });
  const values = (list) => [...list.querySelectorAll("input")].map((input) => input.value);

  const say = (box, kind, text) => {
    parts(box).status.textContent = box.dataset[kind] + text;
  };

  const addOne = (box, text) => {
    const { list, template } = parts(box);
    if (values(list).some((value) => fold(value) === fold(text))) {
      say(box, "double", text);
      return;
    }
    const chip = template.content.firstElementChild.cloneNode(true);
    const remove = chip.querySelector("[data-chip-remove]");
    chip.querySelector("input").value = text;
    chip.querySelector("[data-chip-text]").textContent = text;
    remove.setAttribute("aria-label", `${remove.getAttribute("aria-label")} ${text}`);
    list.append(chip);
    say(box, "added", text);
    box.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const add = (box) => {
    const { entry } = parts(box);
    for (const text of entry.value.split(/[,;\n]/)) if (text.trim()) addOne(box, text.trim());
    entry.value = "";
    entry.focus();
  };

  const remove = (button) => {
    const box = button.closest("[data-chips]");
    const chip = button.closest(".chip");
    const next = (chip.nextElementSibling ?? chip.previousElementSibling)?.querySelector("[data-chip-remove]");
    say(box, "removed", chip.querySelector("input").value);
    chip.remove();
    (next ?? parts(box).entry).focus();
    box.dispatchEvent(new Event("change", { bubbles: true }));
  };

  document.addEventListener("click", (event) => {
    const adding = event.target.closest("[data-chips-add]");
    const removing = event.target.closest("[data-chip-remove]");
    if (adding) add(adding.closest("[data-chips]"));
    if (removing) remove(removing);
  });

  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("[data-chips-entry]") || event.isComposing) return;
    const box = event.target.closest("[data-chips]");
    const full = event.target.value.trim();
    if (event.key === "," || (event.key === "Enter" && full)) {
      event.preventDefault();
      add(box);
    } else if (event.key === "Enter") {
      event.preventDefault();
    } else if (event.key === "Backspace" && !event.target.value) {
      const last = parts(box).list.lastElementChild;
      last?.querySelector("[data-chip-remove]").focus();
    }
  });

  document.addEventListener("paste", (event) => {
    if (!event.target.matches?.("[data-chips-entry]")) return;
    const text = event.clipboardData.getData("text");
    if (!/[,;\n]/.test(text)) return;
    event.preventDefault();
    event.target.value += text.replaceAll("\n", ",");
    add(event.target.closest("[data-chips]"));
  });
})();
