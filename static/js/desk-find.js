/* Search in the open conversation. The server counts and finds the next matching message; the page jumps there, loading
   the lines around it if necessary, and highlights the words. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const PAUSE = 250;

  const bar = () => desk.part("find");
  const input = () => bar()?.querySelector("input");
  const words = () => input()?.value.trim() ?? "";

  let hit = "";
  let timer = 0;
  let turn = 0;

  /* Words are highlighted by CSS if the browser supports it; the line of the match always is. */
  const marks = window.Highlight && CSS.highlights ? new Highlight() : null;
  if (marks) CSS.highlights.set("desk-find", marks);

  const ranges = (bubble, wanted) => {
    const found = [];
    // Links and emphasis split the text into nodes; words may go across them.
    const walker = document.createTreeWalker(bubble, NodeFilter.SHOW_TEXT);
    let node = walker.nextNode();
    let start = 0;
    const go = (to, last) => {
      while (node && (start + node.length < to || (!last && start + node.length === to))) {
        start += node.length;
        node = walker.nextNode();
      }
      return [node, to - start];
    };
    for (const [from, to] of window.weniText.places(bubble.textContent, wanted)) {
      const range = new Range();
      range.setStart(...go(from, false));
      range.setEnd(...go(to, true));
      found.push(range);
    }
    return found;
  };

  const mark = () => {
    const wanted = words();
    marks?.clear();
    for (const line of desk.part("lines")?.querySelectorAll("[data-line]") ?? []) {
      line.classList.toggle("message--hit", Boolean(hit) && line.dataset.line === hit);
      if (marks && wanted) for (const bubble of line.querySelectorAll(".bubble")) ranges(bubble, wanted).forEach((range) => marks.add(range));
    }
  };

  const lineOf = (id) => desk.part("lines")?.querySelector(`[data-line="${id}"]`);

  const jump = async (mine) => {
    if (!lineOf(hit) && !(await desk.showAround(hit))) return;
    if (mine !== turn) return;
    mark();
    lineOf(hit)?.scrollIntoView({ block: "center" });
  };

  /* `way` is "older" or "newer" from the current match, or empty: the newest. */
  const ask = async (way = "") => {
    const mine = ++turn;
    clearTimeout(timer);
    const output = bar().querySelector("[data-part=found]");
    const steps = bar().querySelectorAll("[data-do^=find-]:not([data-do=find-close])");
    if (!words()) {
      hit = "";
      output.replaceChildren();
      for (const step of steps) step.disabled = true;
      mark();
      return;
    }
    const query = new URLSearchParams({ q: words() });
    if (way && hit) query.set("beside", hit);
    if (way === "newer") query.set("newer", "1");
    const answer = await desk.get(desk.ticketUrl(desk.openId(), `find/?${query}`));
    if (mine !== turn || !bar()) return;
    if (!answer.ok) return desk.complain(answer);
    const found = answer.content.querySelector("output");
    hit = found.dataset.hit ?? "";
    output.replaceChildren(found.textContent.trim());
    for (const step of steps) step.disabled = Number(found.dataset.count) < 2;
    if (hit) await jump(mine);
    else mark();
  };

  const close = () => {
    turn += 1;
    clearTimeout(timer);
    hit = "";
    bar()?.remove();
    mark();
    (desk.composer() ?? desk.part("lines"))?.focus({ preventScroll: true });
  };

  desk.acts.find = () => {
    if (!desk.openId() || !desk.part("lines")) return;
    if (!bar()) desk.part("lines").before(desk.template("find"));
    desk.view("conversation");
    input().focus();
    input().select();
  };
  desk.acts["find-older"] = () => ask("older");
  desk.acts["find-newer"] = () => ask("newer");
  desk.acts["find-close"] = close;

  desk.root.addEventListener("input", (event) => {
    if (event.target !== input()) return;
    hit = "";
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });

  desk.root.addEventListener("keydown", (event) => {
    if (!bar()?.contains(event.target)) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" && event.target === input()) {
      event.preventDefault();
      ask(hit && (event.shiftKey ? "newer" : "older"));
    }
  });

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || !event.shiftKey || event.altKey || event.key.toLowerCase() !== "f") return;
    if (!desk.openId() || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    desk.acts.find();
  });

  /* Lines added during the search are highlighted too; opening another ticket ends it. */
  const settle = desk.settleOutgoing;
  desk.settleOutgoing = () => {
    settle();
    if (!bar()) hit = "";
    mark();
  };
})();
