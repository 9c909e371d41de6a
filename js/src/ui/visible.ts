// Whether anybody can see an element: it is within the window, and the page is in front.

/** Calls with the answer now and at each change; the result ends it, as not seen. */
export function watchVisible(element: Element, changed: (visible: boolean) => void): () => void {
  let within = false;
  const look = () => changed(within && document.visibilityState === "visible");
  const observer = new IntersectionObserver((entries) => {
    within = entries.at(-1)?.isIntersecting ?? within;
    look();
  });
  observer.observe(element);
  document.addEventListener("visibilitychange", look);
  return () => {
    observer.disconnect();
    document.removeEventListener("visibilitychange", look);
    changed(false);
  };
}
