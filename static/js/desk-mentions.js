/* Colleagues in notes: an @ at the beginning of a word offers those who see the ticket (the server finds them); arrows
   choose, Enter or Tab inserts, Escape closes. Who is called goes along with the note by id. A note that calls oneself
   counts as seen once it is in view. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const TYPED = /(^|\s)@([^@\n]{0,40})$/;
  const WAIT = 120;
  const form = () => desk.root.querySelector("form[data-composer]");
  const area = () => form()?.elements.text;
  const isNote = () => form()?.elements.note.value === "1";
  const list = () => desk.part("colleagues");
  const options = () => [...(list()?.querySelectorAll("[role=option]") ?? [])];
  const chosen = () => list()?.querySelector("[aria-selected=true]");

  let dismissed = -1;
  let timer = 0;
  let asked = 0;

  const typed = () => {
    const field = area();
    if (!field || !isNote() || field.selectionStart !== field.selectionEnd) return null;
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
    asked += 1;
    list()?.remove();
    for (const name of ["aria-activedescendant", "aria-controls"]) area()?.removeAttribute(name);
  };

  const find = async () => {
    const turn = ++asked;
    const id = desk.openId();
    const word = typed()?.word ?? "";
    const answer = await desk.get(desk.ticketUrl(id, `colleagues/?q=${encodeURIComponent(word)}`));
    if (turn !== asked || !answer.ok || id !== desk.openId() || !typed()) return;
    // Several words that nobody is called: a sentence, not a name.
    if (word.includes(" ") && !answer.content.querySelector("[role=option]")) return close();
    list()?.remove();
    const field = area();
    field.closest(".composer").prepend(answer.content);
    field.setAttribute("aria-controls", "colleagues");
    choose(options()[0]);
  };

  const follow = () => {
    const now = typed();
    clearTimeout(timer);
    if (!now) {
      dismissed = -1;
      if (list()) close();
    } else if (dismissed !== now.from) timer = setTimeout(find, WAIT);
  };

  /* Whom names stand for, kept beside the drafts: a draft outlives the page. */
  const KEY = `weni:mentions:${desk.me}`;
  const MOST = 100;

  const known = () => {
    try {
      return JSON.parse(localStorage.getItem(KEY) || "{}");
    } catch {
      return {};
    }
  };

  const remember = (name, id) => {
    const { [name]: _old, ...others } = known();
    const entries = [...Object.entries(others), [name, id]].slice(-MOST);
    try {
      localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(entries)));
    } catch {
      // Without it the note is sent, and calls nobody.
    }
  };

  const called = (text) => Object.entries(known()).filter(([name]) => text.includes(`@${name}`)).map(([, id]) => id);

  const insert = (option) => {
    const now = typed();
    if (!now || !option) return;
    const field = area();
    const text = `@${option.dataset.name} `;
    remember(option.dataset.name, option.dataset.person);
    field.focus();
    field.setSelectionRange(now.from, field.selectionStart);
    // As if typed, so that it can be undone.
    if (!document.execCommand("insertText", false, text)) field.setRangeText(text, now.from, field.selectionEnd, "end");
    dismissed = now.from;
    close();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // Every note goes out through here, at once or later.
  const post = desk.post;
  desk.post = (url, data, ...rest) => {
    if (/\/messages\/$/.test(url) && data?.get("note")) {
      for (const id of called(data.get("text") ?? "")) data.append("mentions", id);
    }
    return post(url, data, ...rest);
  };

  const step = (by) => choose(options().at((options().indexOf(chosen()) + by) % options().length));
  const keys = { ArrowDown: () => step(1), ArrowUp: () => step(-1), Enter: () => insert(chosen()), Tab: () => insert(chosen()) };

  // Ahead of the composer, for which Enter sends.
  desk.root.addEventListener("keydown", (event) => {
    if (!list() || !event.target.matches?.("form[data-composer] textarea") || event.isComposing) return;
    if (event.key === "Escape") {
      dismissed = typed()?.from ?? -1;
      close();
    } else if (keys[event.key] && !event.shiftKey && options().length) keys[event.key]();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  desk.root.addEventListener("input", (event) => {
    if (event.target.matches?.("form[data-composer] textarea")) follow();
  });

  desk.root.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[data-part=colleagues] [role=option]");
    if (!option) return;
    event.preventDefault();
    insert(option);
  });

  desk.root.addEventListener("focusout", (event) => {
    if (event.target === area() && !list()?.contains(event.relatedTarget)) close();
  });

  /* Seen is what is in view. */
  const inView = (line) => {
    const box = desk.part("lines").getBoundingClientRect();
    const here = line.getBoundingClientRect();
    return here.height > 0 && here.bottom > box.top && here.top < box.bottom;
  };

  const look = desk.once(async () => {
    const id = desk.openId();
    if (!id || !desk.part("lines") || document.visibilityState !== "visible") return;
    const seen = [...desk.part("lines").querySelectorAll("[data-calls=unseen]")].filter(inView);
    if (!seen.length) return;
    const data = new FormData();
    for (const line of seen) data.append("messages", line.dataset.line);
    const answer = await desk.post(desk.ticketUrl(id, "mentions/seen/"), data);
    if (answer.ok) for (const line of seen) line.dataset.calls = "seen";
  }, 300);

  new MutationObserver(() => desk.root.querySelector("[data-calls=unseen]") && look()).observe(desk.root, { childList: true, subtree: true });
  desk.root.addEventListener("scroll", () => desk.root.querySelector("[data-calls=unseen]") && look(), { capture: true, passive: true });
  document.addEventListener("visibilitychange", look);

  /* ?note=<message>: the conversation opens at that note, however far up it is. */
  const FAR = 60;

  const goTo = async (message) => {
    const line = () => desk.part("lines")?.querySelector(`[data-line="${CSS.escape(message)}"]`);
    if (!line() && desk.showAround) await desk.showAround(message);
    for (let pages = 0; !line() && pages < FAR; pages += 1) {
      const button = desk.part("lines")?.querySelector("[data-do=earlier]");
      if (!button) break;
      await desk.acts.earlier(button);
    }
    if (!line()) return;
    line().tabIndex = -1;
    line().classList.add("message--called");
    line().scrollIntoView({ block: "center" });
    line().focus({ preventScroll: true });
    look();
  };

  addEventListener("DOMContentLoaded", () => {
    const message = new URLSearchParams(location.search).get("note");
    if (message && desk.openId()) goTo(message);
    look();
  });
})();
