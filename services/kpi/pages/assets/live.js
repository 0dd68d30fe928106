// Keeps an open page up to date: listens to the stream of news, else asks; lets htmx fetch what has changed
// and idiomorph put it in place, so that neither focus, scrolling nor open parts are lost.
(() => {
  "use strict";
  const GAP = 500, ASK = 5000, RETRY = 60000, ANNOUNCE = 20000;
  const badge = () => document.getElementById("live");
  const part = () => document.getElementById("page");
  let stream = null, asking = null, retrying = null, due = null;
  let last = null, asked = "", fetched = 0, announced = 0, dirty = false;

  const say = (state, values = {}) => {
    const shown = badge();
    if (!shown || !shown.dataset[state]) return;
    const text = shown.dataset[state].replace(/\{(\w+)\}/g, (_, name) => values[name]);
    shown.dataset.state = state;
    shown.querySelector("span").textContent = text;
  };

  const time = (at) => new Intl.DateTimeFormat(document.documentElement.lang, {
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: "Asia/Ho_Chi_Minh",
  }).format(new Date(at));

  const tell = (news) => {
    if (news.events === null) say("unknown");
    else if (news.events > 0) say("behind", { events: new Intl.NumberFormat(document.documentElement.lang).format(news.events) });
    else say("fresh", { time: time(news.at) });
  };

  const heard = (news) => {
    last = news;
    tell(news);
    if ((part() || badge()).dataset.version === news.version) return;
    if (!part() || dirty) { say("stale"); return; }
    if (asked === news.version && Date.now() - fetched < ASK) return;
    if (due !== null) return;
    // Not all open pages of a province at the same moment, and none more often than a person can read.
    const wait = Math.max(0, fetched + GAP - Date.now()) + Math.random() * 250;
    due = setTimeout(() => {
      due = null;
      asked = last.version;
      fetched = Date.now();
      htmx.trigger(part(), "stale");
    }, wait);
  };

  const ask = async () => {
    try {
      const answer = await fetch("/news", { credentials: "same-origin", cache: "no-store" });
      if (answer.status === 401) { say("out"); stop(); return; }
      if (!answer.ok) throw new Error(answer.status);
      heard(await answer.json());
    } catch { say("lost"); }
  };

  const poll = () => {
    if (asking !== null) return;
    ask();
    asking = setInterval(ask, ASK);
  };

  const listen = () => {
    const address = badge().dataset.stream;
    if (!address || !window.EventSource) { poll(); return; }
    stream = new EventSource(address, { withCredentials: true });
    stream.addEventListener("news", (event) => {
      clearInterval(asking);
      asking = null;
      badge().dataset.by = "stream";
      heard(JSON.parse(event.data));
    });
    stream.addEventListener("error", () => {
      poll();
      badge().dataset.by = "asking";
      if (stream && stream.readyState === EventSource.CLOSED && retrying === null) {
        retrying = setTimeout(() => { retrying = null; if (stream) listen(); }, RETRY);
      }
    });
  };

  const stop = () => {
    if (stream) stream.close();
    clearInterval(asking);
    clearTimeout(retrying);
    stream = asking = retrying = null;
  };

  // A page that nobody looks at holds no connection; it catches up when it is looked at.
  const look = () => {
    if (!badge() || !badge().dataset.version) return;
    if (document.hidden) stop();
    else if (!stream && asking === null) listen();
  };

  const findings = () => new Map([...document.querySelectorAll("#page [data-finding]")]
    .map((one) => [one.dataset.finding, one.textContent.trim()]));

  let before = new Map();
  document.addEventListener("htmx:beforeSwap", () => { before = findings(); });
  document.addEventListener("htmx:afterSettle", () => {
    const moved = [...findings()].filter(([code, text]) => before.has(code) && before.get(code) !== text);
    for (const [code] of moved) {
      const one = document.querySelector(`#page [data-finding="${CSS.escape(code)}"]`);
      one.classList.remove("moved");
      void one.offsetWidth;
      one.classList.add("moved");
    }
    const heading = document.getElementById("heard");
    if (heading && moved.length && Date.now() - announced > ANNOUNCE) {
      announced = Date.now();
      heading.textContent = moved.map(([code, text]) => `${code}: ${text}`).join(" ");
    }
    if (last) tell(last);
  });

  // What somebody is filling in is left alone; the badge says that the page is out of date.
  document.addEventListener("input", (event) => { if (event.target.closest("#page form")) dirty = true; });

  // A filter that is refused says why on a page of its own, as without scripts.
  document.addEventListener("htmx:responseError", (event) => {
    if (event.target.matches("form.filters")) event.target.submit();
  });

  document.addEventListener("visibilitychange", look);
  document.addEventListener("DOMContentLoaded", () => {
    const kept = Idiomorph.defaults.callbacks;
    kept.beforeAttributeUpdated = (name, node) => !(name === "checked" || (name === "open" && node.tagName === "DETAILS"));
    kept.beforeNodeMorphed = (old, now) => {
      if (!(old instanceof Element) || !old.matches(".canvas")) return true;
      old.dataset.chart = now.dataset.chart;  // charts.js draws what is new into what is there
      return false;
    };
    look();
  });
})();
