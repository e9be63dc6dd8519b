/* Quick messages: a slash at the beginning of a word offers them; arrows choose, Enter or Tab inserts, Escape closes. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  /* The slash and what is typed after it, up to the caret. */
  const TYPED = /(^|\s)\/([^\s/]*)$/;
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const area = () => desk.root.querySelector("form[data-composer] textarea");
  const list = () => desk.part("quick");
  const options = () => [...(list()?.querySelectorAll("[role=option]:not([hidden])") ?? [])];
  const chosen = () => list()?.querySelector("[aria-selected=true]");

  let dismissed = "";
  let fetching = "";

  const typed = () => {
    const field = area();
    if (!field || field.selectionStart !== field.selectionEnd) return null;
    const match = TYPED.exec(field.value.slice(0, field.selectionStart));
    return match && { word: match[2], from: field.selectionStart - match[2].length - 1 };
  };

  const choose = (option) => {
    for (const other of options()) other.setAttribute("aria-selected", String(other === option));
    const field = area();
    if (!option) return field?.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };

  const close = () => {
    list()?.remove();
    for (const name of ["aria-activedescendant", "aria-controls"]) area()?.removeAttribute(name);
  };

  const filter = (word) => {
    const start = fold(word);
    let any = false;
    for (const option of list().querySelectorAll("[role=option]")) {
      option.hidden = !fold(option.dataset.shortcut).startsWith(start);
      any ||= !option.hidden;
    }
    list().querySelector("[data-none]").hidden = any;
    if (!chosen() || chosen().hidden) choose(options()[0]);
  };

  const open = async () => {
    const id = desk.openId();
    if (fetching === id) return;
    fetching = id;
    const answer = await desk.get(desk.ticketUrl(id, "quick/"));
    fetching = "";
    const now = typed();
    if (!answer.ok || id !== desk.openId() || !now || list()) return;
    const field = area();
    field.closest(".composer").prepend(answer.content);
    field.setAttribute("aria-controls", list().querySelector("[role=listbox]").id);
    filter(now.word);
  };

  const follow = () => {
    const now = typed();
    if (!now) {
      dismissed = "";
      if (list()) close();
    } else if (list()) filter(now.word);
    else if (dismissed !== String(now.from)) open();
  };

  const insert = (option) => {
    const now = typed();
    if (!now || !option) return;
    const field = area();
    const text = option.dataset.text;
    field.focus();
    field.setSelectionRange(now.from, field.selectionStart);
    // As if typed, so that it can be undone.
    if (!document.execCommand("insertText", false, text)) field.setRangeText(text, now.from, field.selectionEnd, "end");
    close();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const keys = {
    ArrowDown: () => choose(options()[(options().indexOf(chosen()) + 1) % options().length]),
    ArrowUp: () => choose(options().at(options().indexOf(chosen()) - 1)),
    Enter: () => insert(chosen()),
    Tab: () => insert(chosen()),
  };

  // Ahead of the composer, for which Enter sends.
  desk.root.addEventListener("keydown", (event) => {
    if (!list() || !event.target.matches?.("form[data-composer] textarea") || event.isComposing) return;
    if (event.key === "Escape") {
      dismissed = String(typed()?.from ?? "");
      close();
    } else if (keys[event.key] && !event.shiftKey && options().length) {
      keys[event.key]();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }, true);

  desk.root.addEventListener("input", (event) => {
    if (event.target.matches?.("form[data-composer] textarea")) follow();
  });

  desk.root.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[data-part=quick] [role=option]");
    if (!option) return;
    event.preventDefault();
    insert(option);
  });

  desk.root.addEventListener("focusout", (event) => {
    if (event.target === area() && !list()?.contains(event.relatedTarget)) close();
  });
})();
