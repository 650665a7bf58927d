"""Our own recognizers, and the checks of values. `own` lists the recognizers."""
