/* The lines of the open conversation: each exactly once, in the order of their numbers.

   What is newer than the last number shown is fetched and put at the end; a line that may look different (an answer
   on its way) is fetched again and replaced. Whatever comes twice replaces itself. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const NEAR = 96;
  const lines = () => desk.part("lines");
  const box = lines;
  const numbers = (selector = "[data-number]") =>
    [...(lines()?.querySelectorAll(selector) ?? [])].map((line) => Number(line.dataset.number));

  const atEnd = () => {
    const scroll = box();
    return !scroll || scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
  };

  const toEnd = () => {
    const scroll = box();
    if (scroll) scroll.scrollTop = scroll.scrollHeight;
    pill(false);
  };

  desk.toEnd = toEnd;

  const pill = (wanted) => {
    const button = desk.part("newer");
    if (button) button.hidden = !wanted;
  };

  const shown = (line) => lines().querySelector(`[data-line="${line.dataset.line}"]`);
  const dayOf = (line) => (line.previousElementSibling?.matches("[data-day]") ? line.previousElementSibling : null);

  /* Puts a line that is shown already in its place again, its day before it. */
  const renew = (line) => {
    const known = shown(line);
    const day = dayOf(line);
    dayOf(known)?.remove();
    known.replaceWith(...[day, line].filter(Boolean));
  };

  /* Puts a line in its place. Returns whether it is new. */
  const place = (line) => {
    if (shown(line)) {
      if (shown(line).outerHTML !== line.outerHTML) renew(line);
      return false;
    }
    const number = Number(line.dataset.number);
    const after = [...lines().querySelectorAll("[data-number]")].findLast((other) => Number(other.dataset.number) < number);
    const both = [dayOf(line), line].filter(Boolean);
    if (after) after.after(...both);
    else lines().append(...both);
    return true;
  };

  desk.refreshLines = desk.once(async () => {
    const id = desk.openId();
    if (!id || !lines()) return;
    for (;;) {
      const after = Math.max(0, ...numbers());
      const again = numbers("[data-delivery=sending], [data-delivery=failed]").slice(-50).join(",");
      const answer = await desk.get(desk.ticketUrl(id, `lines/?after=${after}&again=${again}`));
      if (id !== desk.openId() || !lines()) return;
      if (answer.status === 404 || answer.status === 403) return desk.showLost();
      if (!answer.ok) return;
      const stay = atEnd();
      const fresh = [...answer.content.querySelectorAll("[data-line]")].filter(place);
      if (!fresh.length) return;
      if (stay || fresh.some((line) => "own" in line.dataset)) toEnd();
      else pill(true);
      tell(fresh);
      if (Math.max(0, ...numbers()) === after) return;
      if (fresh.length < 50) break;
    }
    markRead();
  });

  /* A message of the contact is read out, and so is what happened; the agent's own lines are not. */
  const tell = (fresh) => {
    const said = fresh.filter((line) => !("own" in line.dataset)).map((line) => line.dataset.say).filter(Boolean);
    if (said.length) desk.say(said.slice(-3).join(" "));
  };

  /* The bot conversation came, or the page no longer knows what it shows: from the end again. */
  desk.reloadLines = desk.once(async () => {
    const id = desk.openId();
    const answer = await desk.get(desk.ticketUrl(id, "lines/"));
    if (id !== desk.openId() || !answer.ok || !lines()) return;
    const stay = atEnd();
    desk.fill(lines(), answer.content);
    if (stay) toEnd();
  });

  /* Earlier lines, above those shown; what is in view stays in view. */
  desk.acts.earlier = async (button) => {
    const id = desk.openId();
    button.setAttribute("aria-busy", "true");
    const answer = await desk.get(button.dataset.href);
    button.removeAttribute("aria-busy");
    if (id !== desk.openId()) return;
    if (!answer.ok) return desk.complain(answer);
    const scroll = box();
    const below = scroll.scrollHeight - scroll.scrollTop;
    button.closest("[data-earlier]").remove();
    for (const line of [...answer.content.querySelectorAll("[data-line]")]) if (shown(line)) renew(line);
    const [first] = answer.content.querySelectorAll("[data-line]");
    lines().prepend(answer.content);
    scroll.scrollTop = scroll.scrollHeight - below;
    (lines().querySelector("[data-do=earlier]") ?? first)?.focus?.({ preventScroll: true });
  };

  desk.acts.newer = () => {
    toEnd();
    desk.focusComposer?.();
  };

  desk.acts["send-again"] = async (button) => {
    button.setAttribute("aria-busy", "true");
    const answer = await desk.post(button.dataset.href);
    button.removeAttribute("aria-busy");
    if (!answer.ok) desk.complain(answer);
    desk.refreshLines();
    desk.focusComposer?.();
  };

  /* Read is what its own agent has in front of the eyes. */
  let read = null;
  const looking = () => document.visibilityState === "visible" && document.hasFocus();

  const markRead = async () => {
    const id = desk.openId();
    if (!id || !looking() || !("mine" in (desk.part("head")?.dataset ?? {}))) return;
    // The list may not know yet of a line that has just come: then the last word says whether there is something to read.
    const unread = Number(desk.item(id)?.dataset.unread);
    const last = [...lines().querySelectorAll("[data-number]")].findLast((line) => line.dataset.kind === "contact");
    if (!unread && read === last?.dataset.line) return;
    read = last?.dataset.line;
    const answer = await desk.post(desk.ticketUrl(id, "read/"));
    if (answer.ok && unread) desk.refreshList();
  };

  addEventListener("focus", markRead);
  document.addEventListener("visibilitychange", markRead);

  const watchScroll = () => box()?.addEventListener("scroll", () => atEnd() && pill(false), { passive: true });

  desk.opened = ({ focus }) => {
    toEnd();
    watchScroll();
    desk.restoreDraft?.();
    if (focus) (matchMedia("(pointer: coarse)").matches ? desk.part("head") : desk.composer?.() ?? desk.part("head"))?.focus({ preventScroll: true });
    // Lines that came between the page's making and the subscription are fetched by live:resync.
    markRead();
  };
})();
