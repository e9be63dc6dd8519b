/* One event stream per page, dispatched as DOM events on <body>.

   <body data-live-url="…"> opens it. Each event is a CustomEvent that can trigger htmx
   (hx-trigger="live:ticket from:body"):
     live:<kind>         something of the kind changed; detail has the ids
     live:<kind>:<id>    the same, once for each id, for elements that show a single object
     live:resync         anything may have changed: fetch again (also once after the page was subscribed, and
                         at live:access, when what the person may do has changed)
     live:refused        the stream ended for good or was rejected (detail: wasOpen, status); reloads unless prevented
     live:state          the connection is "connecting", "open" or "lost"; also in data-live-state of <body>
   If a fetch caused by an event fails, fire live:missed: a live:resync follows after a while, since an event is sent
   only once. For htmx elements triggered by such an event this is done here.
   The stream is read with fetch: EventSource supports neither unregistered event types, nor the status of a rejected
   request, nor detecting that a connection has gone silent. */
(() => {
  "use strict";

  const body = document.body;
  const url = body.dataset.liveUrl;
  if (!url) return;

  // Milliseconds. The server writes something every 15 s.
  const SILENCE = 40_000;
  const FIRST_PAUSE = 1_000;
  const LONGEST_PAUSE = 30_000;
  const SPREAD = 2_000;
  const LOST_FOR = 10_000;
  const POLL = 20_000;
  const FIRST_AGAIN = 2_000;
  const LONGEST_AGAIN = 30_000;

  let controller = null;
  let pause = FIRST_PAUSE;
  let heardAt = 0;
  let lostAt = 0;
  let polledAt = 0;
  let everOpen = false;
  let stopped = false;
  let retry = 0;

  const fire = (name, detail) => body.dispatchEvent(new CustomEvent(`live:${name}`, { detail }));

  const enter = (state) => {
    if (body.dataset.liveState === state) return;
    body.dataset.liveState = state;
    fire("state", { state });
  };

  const resync = (reason, within = 0) =>
    setTimeout(() => stopped || fire("resync", { reason }), Math.random() * within);

  /* Missed data is fetched again, less and less often while that fails. */
  let missed = 0;
  let missedAt = 0;
  let patience = FIRST_AGAIN;

  const fetchMissed = () => {
    clearTimeout(missed);
    missed = 0;
    if (!stopped) fire("resync", { reason: "missed" });
  };

  body.addEventListener("live:missed", () => {
    if (missed || stopped) return;
    if (Date.now() - missedAt > 2 * LONGEST_AGAIN) patience = FIRST_AGAIN;
    missedAt = Date.now();
    missed = setTimeout(fetchMissed, patience * (0.5 + Math.random()));
    patience = Math.min(patience * 2, LONGEST_AGAIN);
  });

  const miss = (event) => {
    const { ctx } = event.detail;
    if (!ctx?.sourceElement?.getAttribute("hx-trigger")?.includes("live:")) return;
    const status = ctx.response?.status ?? 0;
    if (!status || status >= 500) fire("missed", {});
  };

  document.addEventListener("htmx:response:error", miss);
  document.addEventListener("htmx:error", miss);

  const stop = (state) => {
    stopped = true;
    clearTimeout(retry);
    clearTimeout(missed);
    enter(state);
    controller?.abort();
  };

  // The response to a beat tells the server that somebody is there. Timers wouldn't do: hidden tabs throttle them.
  const answer = () =>
    fetch(url, { method: "POST", headers: { "X-Live": "beat" }, cache: "no-store" }).catch(() => {});

  const onReady = () => {
    enter("open");
    pause = FIRST_PAUSE;
    lostAt = 0;
    fire("ready", {});
    // The page was rendered before it was subscribed, so it fetches once more; after a lost connection not all pages at
    // once.
    if (everOpen) resync("reconnected", SPREAD);
    else resync("ready");
    everOpen = true;
  };

  // A page that was authorized before and is rejected now has lost its session or its right: a reload shows which, unless
  // the page knows better (static/js/session.js). A page rejected from the start just has no stream; reloading would
  // never end.
  const refused = (status = 0) => {
    stop("lost");
    const detail = { wasOpen: everOpen, status };
    const unhandled = body.dispatchEvent(new CustomEvent("live:refused", { cancelable: true, detail }));
    if (unhandled && everOpen) location.reload();
  };

  const onEvent = (kind, ids) => {
    if (kind === "ready") onReady();
    else if (kind === "beat") answer();
    else if (kind === "resync") resync("server", SPREAD);
    else if (kind === "gone") {
      refused();
    } else {
      fire(kind, ids);
      for (const id of new Set(Object.values(ids))) fire(`${kind}:${id}`, ids);
      // What the person may see has changed: what is out of sight now must not stay, what has come into it must show.
      if (kind === "access") resync("access");
    }
  };

  const onBlock = (block) => {
    let kind = "";
    let data = "";
    for (const line of block.split("\n")) {
      if (line.startsWith("event: ")) kind = line.slice(7);
      else if (line.startsWith("data: ")) data = line.slice(6);
    }
    if (kind && !stopped) onEvent(kind, JSON.parse(data || "{}"));
  };

  const read = async (response) => {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heardAt = Date.now();
      const blocks = (text + value).split("\n\n");
      text = blocks.pop();
      blocks.forEach(onBlock);
    }
  };

  const connect = async () => {
    clearTimeout(retry);
    if (stopped || controller) return;
    // Once lost, the state stays so until the connection is open: an indicator that flickers at each attempt is
    // useless.
    if (!lostAt) enter("connecting");
    const mine = new AbortController();
    controller = mine;
    heardAt = Date.now();
    try {
      const response = await fetch(url, {
        headers: { Accept: "text/event-stream" },
        cache: "no-store",
        redirect: "error",
        signal: mine.signal,
      });
      if ([401, 403, 404].includes(response.status)) refused(response.status);
      else if (response.ok) await read(response);
    } catch {
      // No connection, or it broke: the same as a stream that ended.
    }
    mine.abort();
    if (controller !== mine) return;
    controller = null;
    if (!stopped) again();
  };

  const again = () => {
    lostAt ||= Date.now();
    enter("lost");
    clearTimeout(retry);
    retry = setTimeout(connect, pause * (0.5 + Math.random()));
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  };

  // A silent connection is lost even if nothing reported it, as after sleep; while it is lost, fetch now and then.
  const check = () => {
    if (stopped) return;
    const now = Date.now();
    if (controller && now - heardAt > SILENCE) controller.abort();
    if (lostAt && now - lostAt > LOST_FOR && now - polledAt > POLL) {
      polledAt = now;
      resync("lost");
    }
  };

  const hurry = () => {
    check();
    if (missed) fetchMissed();
    if (!controller && !stopped && document.visibilityState === "visible") {
      pause = FIRST_PAUSE;
      connect();
    }
  };

  setInterval(check, 2_000);
  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", hurry);
  addEventListener("pagehide", () => stop("lost"));
  const restart = () => {
    stopped = false;
    pause = FIRST_PAUSE;
    // The stream that was left may not have noticed its end.
    controller = null;
    connect();
  };
  addEventListener("pageshow", (event) => event.persisted && restart());
  body.addEventListener("session:back", restart);
  // Once the scripts that come after this one are there: an event is told only once.
  document.addEventListener("DOMContentLoaded", connect, { once: true });
})();
