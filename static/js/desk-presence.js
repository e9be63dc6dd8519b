/* Who else has the open ticket open, and who is typing there. The page reports its own presence from time to time while
   visible; the response, and each event about a change, tells who the others are. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  /* Milliseconds: the intervals of reporting presence and typing; after how long typing ends. */
  const THERE = 30_000;
  const WRITING = 4_000;
  const STOPPED = 6_000;
  /* When to ask for the others again, since their presence expires without an event. */
  const FADES = 9_000;

  let at = "";
  let wroteAt = 0;
  let toldAt = 0;
  let told = "";
  let fading = 0;

  const visible = () => document.visibilityState === "visible";

  /* If responses overtake each other, the later request counts. */
  let asked = 0;
  let shown = 0;

  const show = (answer, ticket, turn) => {
    const place = desk.part("present");
    if (!answer.ok || ticket !== desk.openId() || !place || turn < shown) return;
    shown = turn;
    desk.keepEnd(() => place.replaceChildren(answer.content));
    clearTimeout(fading);
    if (place.querySelector(".present__who--writing")) fading = setTimeout(look, FADES);
  };

  const look = desk.once(async () => {
    const ticket = desk.liveId();
    const turn = ++asked;
    if (ticket) show(await desk.get(desk.ticketUrl(ticket, "presence/")), ticket, turn);
  }, 500);

  const state = () => (Date.now() - wroteAt < STOPPED ? "writing" : "there");

  const tell = async () => {
    const ticket = desk.liveId();
    if (!ticket || !visible()) return;
    told = state();
    toldAt = Date.now();
    const data = new FormData();
    data.set("state", told);
    const turn = ++asked;
    show(await desk.post(desk.ticketUrl(ticket, "presence/"), data), ticket, turn);
  };

  /* Leaving: also when the page is unloaded. */
  const away = async () => {
    if (!at) return;
    const body = new URLSearchParams({ state: "away" });
    const token = desk.root.querySelector("[name=csrfmiddlewaretoken]").value;
    const url = desk.ticketUrl(at, "presence/");
    at = "";
    await fetch(url, { method: "POST", body, keepalive: true, headers: { "X-CSRFToken": token, "X-Requested-With": "desk" } }).catch(() => {});
  };

  const follow = async () => {
    const now = visible() ? desk.liveId() : "";
    if (now === at) return;
    const left = away();
    at = now;
    wroteAt = 0;
    if (at) tell();
    await left;
  };

  /* Of a ticket that is gone nothing is reported. */
  const showLost = desk.showLost;
  desk.showLost = () => {
    if (desk.liveId()) at = "";
    showLost();
  };

  /* Before a ticket is handed on: afterwards it may be out of sight. */
  desk.followPresence = follow;

  desk.root.addEventListener("input", (event) => {
    if (!event.target.matches?.("form[data-composer] textarea")) return;
    wroteAt = event.target.value.trim() ? Date.now() : 0;
    if (wroteAt && (told !== "writing" || Date.now() - toldAt > WRITING)) tell();
  });

  desk.stoppedWriting = () => {
    wroteAt = 0;
  };

  setInterval(() => {
    follow();
    if (!at) return;
    if (told === "writing" ? state() !== told : Date.now() - toldAt > THERE) tell();
  }, 1_000);

  document.body.addEventListener("live:presence", (event) => {
    if (event.detail.ticket === desk.openId() && visible()) look();
  });

  document.body.addEventListener("live:resync", () => {
    if (visible()) look();
  });

  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", away);
})();
