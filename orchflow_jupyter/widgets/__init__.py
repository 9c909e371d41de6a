"""anywidget classes, one a module; what they show lives in `js/` and is built into `static/`."""
