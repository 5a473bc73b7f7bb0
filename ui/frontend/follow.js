// Follows a link to another page of ours within the visit, as the browser's own Back does, instead of loading everything anew.
// Without this script it is still a link. Back to a list, the card that was tapped stands where it was.
if (!window.carburoamFollows) {
  window.carburoamFollows = true;
  const isDrawn = () => document.querySelector(".stApp")?.dataset.testScriptState === "notRunning";
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.cb-go, a.cb-over");
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!link || !isPlain || event.defaultPrevented) return;
    event.preventDefault();
    if (link.matches(".cb-over")) {
      const left = { href: link.getAttribute("href"), top: link.getBoundingClientRect().top };
      window.history.replaceState({ ...window.history.state, left }, "");
    }
    // A tap of the bar begins at the top, also where the page it leads to is the one that is there.
    if (link.closest(".cb-tabbar, .cb-side")) document.querySelector("[data-testid=stMain]")?.scrollTo({ top: 0 });
    window.history.pushState({ from: window.location.pathname }, "", link.href);
    window.dispatchEvent(new PopStateEvent("popstate"));
  });
  // The way back to the search is the way back, for who came from there.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".st-key-after a");
    if (!link || window.history.state?.from !== new URL(link.getAttribute("href") || "./", window.location.href).pathname) return;
    event.preventDefault();
    event.stopPropagation();
    window.history.back();
  }, true);
  // The key of the keyboard that says "go" takes the first town offered, once the offer is for all that was typed.
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("[class*=_where_typed] input");
    if (!field || event.key !== "Enter") return;
    const typed = field.value;
    const take = (tries) => {
      if (field.value !== typed) return;
      const first = document.querySelector("[class*=_where_matches] button");
      if (isDrawn() && tries < 96) {
        if (first && !document.querySelector("[class*=_where_unknown]")) first.click();
      } else if (tries) setTimeout(take, 100, tries - 1);
    };
    take(100);
  });
  // Figures are typed on the keys of figures, with a comma or a point.
  document.addEventListener("pointerdown", (event) => {
    const field = event.target.closest?.("[class*=st-key-profile_car_] input, [class*=st-key-profile_alerts_] input[type=text]");
    if (field) field.inputMode = "decimal";
  });
  window.addEventListener("popstate", (event) => {
    const left = event.isTrusted && event.state?.left;
    if (!left) return;
    const hand = new AbortController();
    ["pointerdown", "wheel", "keydown"].forEach((kind) => window.addEventListener(kind, () => hand.abort(), { signal: hand.signal }));
    let tries = 100;
    const settle = () => {
      if (hand.signal.aborted) return;
      const link = document.querySelector(`a.cb-over[href="${CSS.escape(left.href)}"]`);
      if (link) document.querySelector("[data-testid=stMain]").scrollTop += link.getBoundingClientRect().top - left.top;
      if ((link && isDrawn()) || !tries--) hand.abort();
      else setTimeout(settle, 50);
    };
    settle();
  });
}
