/* The lines of the open conversation: each exactly once, ordered by number.

   Lines after the last number shown are fetched and appended; a line that may have changed (a reply being delivered) is
   fetched again and replaced. A line received twice replaces itself. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const NEAR = 96;
  const NUMBERS_END = 2 ** 31 - 1;
  const lines = () => desk.part("lines");
  const box = lines;
  const numbers = (selector = "[data-number]") =>
    [...(lines()?.querySelectorAll(selector) ?? [])].map((line) => Number(line.dataset.number));

  /* An older part of the conversation is shown; later lines aren't loaded. */
  desk.detached = () => Boolean(lines()?.querySelector("[data-later]"));

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

  /* The button to the end: there are new lines, or an older part is shown. */
  const pill = (fresh) => {
    const button = desk.part("newer");
    if (!button) return;
    button.hidden = !fresh && !desk.detached();
    for (const text of button.querySelectorAll("[data-newer]")) text.hidden = (text.dataset.newer === "new") !== fresh;
  };

  const shown = (line) => lines().querySelector(`[data-line="${line.dataset.line}"]`);
  const dayOf = (line) => (line.previousElementSibling?.matches("[data-day]") ? line.previousElementSibling : null);

  /* Replaces a line that is shown already, with its date separator. */
  const renew = (line) => {
    const known = shown(line);
    const day = dayOf(line);
    dayOf(known)?.remove();
    known.replaceWith(...[day, line].filter(Boolean));
  };

  /* Inserts a line. Returns whether it is new. */
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
    const id = desk.liveId();
    if (!id || !lines()) return;
    for (;;) {
      // Lines after an older part aren't added one by one: the button to the end fetches them.
      const after = desk.detached() ? NUMBERS_END : Math.max(0, ...numbers());
      const again = numbers("[data-delivery=sending], [data-delivery=failed]").slice(-50).join(",");
      const answer = await desk.get(desk.ticketUrl(id, `lines/?after=${after}&again=${again}`));
      if (id !== desk.openId() || !lines()) return;
      if (answer.status === 404 || answer.status === 403) return desk.showLost();
      if (!answer.ok) return desk.missed(answer);
      const stay = atEnd();
      const fresh = [...answer.content.querySelectorAll("[data-line]")].filter(place);
      desk.settleOutgoing();
      if (!fresh.length) break;
      if (stay || fresh.some((line) => "own" in line.dataset)) toEnd();
      else pill(true);
      tell(fresh);
      if (fresh.length < 50) break;
    }
    markRead();
  });

  /* Screen readers announce the contact's messages and events, not the agent's own lines. */
  const tell = (fresh) => {
    const said = fresh.filter((line) => !("own" in line.dataset)).map((line) => line.dataset.say).filter(Boolean);
    if (said.length) desk.say(said.slice(-3).join(" "));
  };

  /* The bot conversation arrived, or the page is out of sync: reload from the end. */
  desk.reloadLines = desk.once(async () => {
    const id = desk.openId();
    const answer = await desk.get(desk.ticketUrl(id, "lines/"));
    if (id !== desk.openId() || !lines()) return;
    if (!answer.ok) return desk.missed(answer);
    const stay = atEnd();
    desk.fill(lines(), answer.content);
    desk.settleOutgoing();
    if (stay) toEnd();
    watchEnds();
  });

  /* Replaces the lines by those around a message. Returns whether it exists. */
  desk.showAround = async (message) => {
    const id = desk.openId();
    const answer = await desk.get(desk.ticketUrl(id, `lines/?around=${message}`));
    if (id !== desk.openId() || !lines()) return false;
    if (!answer.ok) {
      desk.complain(answer);
      return false;
    }
    desk.fill(lines(), answer.content);
    desk.settleOutgoing();
    pill(false);
    watchEnds();
    return true;
  };

  /* Returns the content of the page before or after those shown, by its button, or null. */
  const fetchPart = async (button) => {
    const id = desk.openId();
    if (button.hasAttribute("aria-busy")) return null;
    button.setAttribute("aria-busy", "true");
    const answer = await desk.get(button.dataset.href);
    button.removeAttribute("aria-busy");
    if (id !== desk.openId() || !button.isConnected) return null;
    if (answer.ok) return answer.content;
    if (answer.status) desk.complain(answer);
    return null;
  };

  /* Adds earlier lines above; the scroll position stays. */
  desk.acts.earlier = async (button) => {
    const content = await fetchPart(button);
    if (!content) return;
    const scroll = box();
    const focused = document.activeElement === button;
    const below = scroll.scrollHeight - scroll.scrollTop;
    button.closest("[data-earlier]").remove();
    for (const line of [...content.querySelectorAll("[data-line]")]) if (shown(line)) renew(line);
    lines().prepend(content);
    scroll.scrollTop = scroll.scrollHeight - below;
    if (focused) (lines().querySelector("[data-do=earlier]") ?? scroll).focus({ preventScroll: true });
    watchEnds();
  };

  /* Adds later lines below an older part. Once the newest are loaded, lines received in the meantime follow. */
  desk.acts.later = async (button) => {
    const content = await fetchPart(button);
    if (!content) return;
    const scroll = box();
    const focused = document.activeElement === button;
    const { scrollTop } = scroll;
    button.closest("[data-later]").remove();
    lines().append(content);
    scroll.scrollTop = scrollTop;
    if (focused) (lines().querySelector("[data-do=later]") ?? scroll).focus({ preventScroll: true });
    desk.settleOutgoing();
    if (!desk.detached()) desk.refreshLines();
    watchEnds();
  };

  /* Both load by themselves when scrolled near; the buttons are for the keyboard, and after a lost connection. */
  let near = null;

  const seen = (entries, observer) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || !target.isConnected) continue;
      observer.unobserve(target);
      desk.acts[target.dataset.do](target);
    }
  };

  const watchEnds = () => {
    near?.disconnect();
    near = new IntersectionObserver(seen, { root: lines(), rootMargin: "400px 0px" });
    for (const button of lines()?.querySelectorAll("[data-do=earlier], [data-do=later]") ?? []) near.observe(button);
  };

  desk.acts.newer = async () => {
    if (desk.detached()) await desk.reloadLines();
    toEnd();
    desk.focusComposer?.();
    markRead();
  };

  desk.acts["send-again"] = async (button) => {
    button.setAttribute("aria-busy", "true");
    const answer = await desk.post(button.dataset.href);
    button.removeAttribute("aria-busy");
    if (!answer.ok) desk.complain(answer);
    desk.refreshLines();
    desk.focusComposer?.();
  };

  /* Messages are read once the ticket's own agent has them in view. */
  let read = null;
  const looking = () => document.visibilityState === "visible" && document.hasFocus();

  const markRead = async () => {
    const id = desk.liveId();
    if (!id || !looking() || desk.detached() || !("mine" in (desk.part("head")?.dataset ?? {}))) return;
    // The list may not have a line that has just arrived: then the last message decides whether there is something
    // unread.
    const unread = Number(desk.item(id)?.dataset.unread);
    const last = [...lines().querySelectorAll("[data-number]")].findLast((line) => line.dataset.kind === "contact");
    if (!unread && read === last?.dataset.line) return;
    read = last?.dataset.line;
    const answer = await desk.post(desk.ticketUrl(id, "read/"));
    if (answer.ok && unread) desk.refreshList();
  };

  addEventListener("focus", markRead);
  document.addEventListener("visibilitychange", markRead);

  /* A conversation scrolled to its end stays there when it shrinks: a phone's keyboard opens, a window is resized. */
  let reading = true;
  const room = new ResizeObserver(() => reading && toEnd());

  const watchScroll = () => {
    room.disconnect();
    reading = true;
    if (!box()) return;
    box().addEventListener("scroll", () => {
      reading = atEnd();
      if (reading) pill(false);
    }, { passive: true });
    room.observe(box());
  };

  desk.opened = ({ focus }) => {
    desk.settleOutgoing();
    toEnd();
    watchScroll();
    watchEnds();
    desk.restoreDraft?.();
    if (focus) (matchMedia("(pointer: coarse)").matches ? desk.part("head") : desk.composer?.() ?? desk.part("head"))?.focus({ preventScroll: true });
    // Lines added between rendering the page and subscribing are fetched by live:resync.
    markRead();
  };
})();
